"""Subscribing again, once a plan has ended: what it comes to, and the order of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.choice import ChoiceForm
from pricingsite.forms.plan_change import CHANGED_MEANWHILE, SubscribeForm
from pricingsite.models.customers import Customer
from pricingsite.pricing import PricingError
from pricingsite.services.changes.leaving import (
    SubscriptionChangedError,
    SubscriptionQuote,
    quote_subscription,
    subscribe_again,
)
from pricingsite.services.changes.plan_page import held_prices
from pricingsite.services.changes.wanted import ChangeError, WantedPlan
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.schedules.creating import ScheduleError
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, resent_status
from pricingsite.web.mails.changes import send_change_emails, subscription_emails
from pricingsite.web.order_keys import ShownPrices, read_prices, sign_prices
from pricingsite.web.shown_quotes import shown_subscription
from pricingsite.web.sign_in.roles import billing_admins_change
from pricingsite.web.sign_in.visitors import members_customer
from pricingsite.web.storefront import asked_plan, current_storefront
from pricingsite.web.transaction import committing

bp = Blueprint("subscribe", __name__)

_REFUSALS = (ChangeError, ScheduleError, PricingError)


@bp.route("/account/plan/subscribe", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@billing_admins_change
def show() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer, plan = members_customer(), asked_plan()
    choice = ChoiceForm(plan, request.form if request.method == "POST" else request.args)
    if held_prices(db.session(), customer.id, now=now()) is not None:
        return _has_plan()
    form = SubscribeForm({"code": request.args.get("code")})
    if form.validated() and choice.is_valid():
        return _confirmed(customer, choice, form)
    return _page(customer, choice, form)


def _has_plan() -> ResponseReturnValue:
    """Who has a plan changes that one; an order that was sent twice is made once."""
    if request.method == "POST":
        flash("You have a plan already. Nothing more was ordered.")
        return redirect(url_for("account.plan.show"), 303)
    return redirect(f"{url_for('account.change.quote')}?{request.query_string.decode()}", 303)


def _wanted(choice: ChoiceForm, form: SubscribeForm) -> WantedPlan:
    return WantedPlan(plan_id=choice.plan.id, choice=choice.choice, code=form.typed_code)


def _quote(customer: Customer, choice: ChoiceForm, form: SubscribeForm) -> SubscriptionQuote | None:
    """What it comes to; None where it cannot be told, and the forms say why."""
    if not choice.is_valid():
        return None
    try:
        return quote_subscription(db.session(), customer, _wanted(choice, form), now=now())
    except PromotionError as error:
        form.refuse_code(str(error))
    except _REFUSALS as error:
        form.form_errors = [str(error)]
    return None


def _page(customer: Customer, choice: ChoiceForm, form: SubscribeForm) -> ResponseReturnValue:
    status = resent_status(form)
    quoted = None if form.errors else _quote(customer, choice, form)
    page = render_template(
        "account/subscribe.html",
        customer=customer,
        choice=choice,
        form=form,
        quoted=quoted,
        shown=sign_prices(shown_subscription(quoted)) if quoted else "",
        takes_codes=current_storefront().takes_codes,
    )
    return page, status


def _confirmed(customer: Customer, choice: ChoiceForm, form: SubscribeForm) -> ResponseReturnValue:
    shown = read_prices(form.shown_now.data or "")
    if shown is None:
        form.form_errors = [CHANGED_MEANWHILE]
        return _page(customer, choice, form)
    try:
        _subscribe(customer, _wanted(choice, form), shown)
    except SubscriptionChangedError as error:
        return _asked_again(choice, form, error.quote, shown)
    except PromotionError as error:
        form.refuse_code(str(error))
    except _REFUSALS as error:
        form.form_errors = [str(error)]
    else:
        flash(f"You are subscribed to {choice.plan.name} from today.")
        return redirect(url_for("account.plan.show"), 303)
    return _page(members_customer(), choice, form)


def _subscribe(customer: Customer, wanted: WantedPlan, shown: ShownPrices) -> None:
    """Subscribe as it was shown, in one transaction with its e-mails."""
    quoted = quote_subscription(db.session(), customer, wanted, now=now())
    if quoted.digest != shown.version:
        raise SubscriptionChangedError(quoted)
    customer_id, emails = customer.id, subscription_emails(quoted, customer)
    with committing(db.session):
        schedule = subscribe_again(
            db.session(), customer_id, wanted, shown=shown.version, now=now()
        )
        send_change_emails(emails, f"subscribed:{schedule.id}")


def _asked_again(
    choice: ChoiceForm, form: SubscribeForm, now_quoted: SubscriptionQuote, before: ShownPrices
) -> ResponseReturnValue:
    """What was shown and what it is now, with one button to accept that."""
    after = shown_subscription(now_quoted)
    page = render_template(
        "account/quote_changed.html",
        customer=members_customer(),
        plan=choice.plan,
        before=before,
        after=after,
        values=choice.values | {"plan": choice.plan.id, "code": form.code.data or ""},
        shown=sign_prices(after),
        subscribing=True,
    )
    return page, 409
