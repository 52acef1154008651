"""Changing the plan: the quote on both dates, and its confirmation."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from pricingsite.database import db
from pricingsite.forms.choice import ChoiceForm
from pricingsite.forms.plan_change import CHANGED_MEANWHILE, ChangeForm, as_held, prefilled
from pricingsite.models.customers import Customer
from pricingsite.pricing import PricingError
from pricingsite.services.changes.changing import Made, Maker, QuoteChangedError, make_change
from pricingsite.services.changes.choosing import ChangeChoices, change_choices
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.made_already import is_made_already
from pricingsite.services.changes.plan_page import HeldPrice, held_prices, reference_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError, NothingChangesError, WantedPlan
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.plans.as_sold import PlanAsSold
from pricingsite.services.schedules.creating import ScheduleError
from pricingsite.web.clock import now
from pricingsite.web.formats import bought, day
from pricingsite.web.http.csrf import csrf, resent_status
from pricingsite.web.issuing import issue
from pricingsite.web.mails.changes import change_emails, send_change_emails
from pricingsite.web.order_keys import ShownPrices, read_prices, sign_prices
from pricingsite.web.shown_quotes import shown_quote
from pricingsite.web.sign_in.roles import billing_admins_change
from pricingsite.web.sign_in.visitors import members_customer, signed_in_user
from pricingsite.web.storefront import asked_plan, current_storefront
from pricingsite.web.transaction import committing
from pricingsite.wording.bills import priced_name

bp = Blueprint("change", __name__)

# What may be wrong with what is wanted; each says why in the reader's words.
_REFUSALS = (ChangeError, ScheduleError, PricingError)


@bp.route("/account/plan/change", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@billing_admins_change
def quote() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer = members_customer()
    if not request.values.get("plan"):
        return _to_plan()
    plan = asked_plan()
    held = held_prices(db.session(), customer.id, now=now())
    if held is None:
        return redirect(f"{url_for('account.subscribe.show')}?{request.query_string.decode()}", 303)
    plan = as_held(plan, held)
    choice = ChoiceForm(plan, _sent(plan, held))
    form = ChangeForm({name: request.args.get(name) for name in ("when", "code")})
    if form.validated() and choice.is_valid():
        return _confirmed(customer, choice, form)
    return _quote_page(customer, choice, form)


def _to_plan() -> ResponseReturnValue:
    return redirect(url_for("account.plan.show"), 303)


def _sent(plan: PlanAsSold, held: tuple[HeldPrice, ...]) -> Mapping[str, str]:
    """What is chosen of the plan; what the customer has, where the address says nothing of it."""
    sent = request.form if request.method == "POST" else request.args
    # The form itself always says when: a box that it leaves out was not ticked.
    if request.method == "POST" or "when" in sent:
        return sent
    return MultiDict(prefilled(plan, held, sent.get("option")) | sent.to_dict())


def _choices(customer: Customer, choice: ChoiceForm, form: ChangeForm) -> ChangeChoices | None:
    """The quotes of both dates; None where there are none, and the forms say why."""
    if not choice.is_valid():
        return None
    try:
        return change_choices(db.session(), customer, _wanted(choice, form), now=now())
    except PromotionError as error:
        form.refuse_code(str(error))
    except NothingChangesError as error:
        # Who only opens the form of what there is to choose has not chosen anything yet.
        is_opened = "when" not in request.values and bool(list(choice))
        form.form_errors = [] if is_opened else [str(error)]
    except _REFUSALS as error:
        form.form_errors = [str(error)]
    return None


def _wanted(choice: ChoiceForm, form: ChangeForm) -> WantedPlan:
    return WantedPlan(plan_id=choice.plan.id, choice=choice.choice, code=form.typed_code)


def _quote_page(
    customer: Customer, choice: ChoiceForm, form: ChangeForm, choices: ChangeChoices | None = None
) -> ResponseReturnValue:
    status = resent_status(form)
    if not (choices or form.errors):
        choices = _choices(customer, choice, form)
    quotes = {} if choices is None else {when: one for when, one in choices.by_date if one}
    form.offer(quotes, choices.preselected if choices else None)
    page = render_template(
        "account/change.html",
        customer=customer,
        choice=choice,
        form=form,
        choices=choices,
        reference=reference_of(db.session(), choices.situation.schedule) if choices else None,
        quotes=quotes,
        effects={when: dated_effects_of(one) for when, one in quotes.items()},
        shown={when: sign_prices(shown_quote(one)) for when, one in quotes.items()},
        takes_codes=current_storefront().takes_codes,
        is_unchanged=choices is None and choice.is_valid() and not form.errors,
    )
    return page, status


def _confirmed(customer: Customer, choice: ChoiceForm, form: ChangeForm) -> ResponseReturnValue:
    """The answer to a confirmation: the change, or why there is none."""
    when = form.wanted_when
    shown = read_prices(form.shown(when)) if when else None
    if when is None or shown is None:
        form.form_errors = [CHANGED_MEANWHILE]
        return _quote_page(customer, choice, form)
    try:
        made = _make(customer, choice, form, when, shown)
    except QuoteChangedError as error:
        return _asked_again(choice, form, error.quote, shown)
    except NothingChangesError:
        return _made_already()
    except PromotionError as error:
        form.refuse_code(str(error))
    except _REFUSALS as error:
        form.form_errors = [str(error)]
    else:
        flash(made)
        return _to_plan()
    return _quote_page(members_customer(), choice, form)


def _make(
    customer: Customer, choice: ChoiceForm, form: ChangeForm, when: When, shown: ShownPrices
) -> str:
    """Make a change as it was shown, in one transaction; what is said of it then."""
    wanted, user = _wanted(choice, form), signed_in_user()
    quoted = change_choices(db.session(), customer, wanted, now=now()).quote(when)
    if quoted.digest != shown.version:
        raise QuoteChangedError(quoted)
    customer_id, emails = customer.id, change_emails(quoted, choice.plan.name)
    maker = Maker(issue=issue(), user_id=user.id if user else None)
    with committing(db.session):
        made = make_change(
            db.session(),
            customer_id,
            lambda session, one: change_choices(session, one, wanted, now=now()).quote(when),
            to_plan=choice.plan.name,
            shown=shown.version,
            maker=maker,
            now=now(),
        )
        send_change_emails(emails, f"change:{made.change.id}")
        return _told(made, choice.plan.name)


def _told(made: Made, plan: str) -> str:
    if made.quote.is_immediate:
        if made.quote.situation.plan_name == plan:
            return f"Your {plan} plan is changed from today{_what_is_new(made.quote)}."
        return f"Your plan is changed. You are on {plan} from today."
    if made.quote.keeps:
        return f"You keep what you have. You can undo that until {day(made.quote.on)}."
    return f"Your plan changes on {day(made.quote.on)}. You can undo that until then."


def _what_is_new(quoted: ChangeQuote) -> str:
    """What is new within a plan from today, if that has a name: `: Seat, 4 seats; Backup`."""
    effects = dated_effects_of(quoted).of("begins", "replaced", "more", "fewer")
    prices = [one.following or one.price for one in effects if one.on == quoted.on]
    named = "; ".join(", ".join(filter(None, (priced_name(p), bought(p)))) for p in prices)
    return f": {named}" if named else ""


def _made_already() -> ResponseReturnValue:
    flash("This change was made already. Nothing more was changed.")
    return _to_plan()


def _asked_again(
    choice: ChoiceForm, form: ChangeForm, now_quoted: ChangeQuote, before: ShownPrices
) -> ResponseReturnValue:
    """What was shown and what it is now, with one button to accept that."""
    if is_made_already(now_quoted):
        return _made_already()
    after = shown_quote(now_quoted)
    page = render_template(
        "account/quote_changed.html",
        customer=now_quoted.situation.customer,
        plan=choice.plan,
        before=before,
        after=after,
        values=choice.values | form.hidden_values() | {"plan": choice.plan.id},
        shown=sign_prices(after),
    )
    return page, 409
