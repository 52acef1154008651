"""Ordering a plan on one page, and the order's own page."""

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from pricingsite.database import db
from pricingsite.forms.checkout import BUSY, CHOSEN_ANEW, EXPIRED, OrderForm
from pricingsite.forms.choice import ChoiceForm
from pricingsite.models.orders import Order
from pricingsite.services.access.invitations import pending_invitation
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.merchant import read_seller
from pricingsite.services.orders.placing import (
    OrderCommand,
    OrderKeyTakenError,
    PlanNotOnSaleError,
    PricesChangedError,
    draft_order,
    find_order,
    order_placed_before,
    order_with_key,
    place_order,
)
from pricingsite.services.orders.promotions import PromotionError, with_code
from pricingsite.services.plans.as_sold import OptionAsSold, PlanAsSold
from pricingsite.services.plans.offers import ContactPlan
from pricingsite.web import documents
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf
from pricingsite.web.http.limits import limiter
from pricingsite.web.http.problems import wants_json
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.mails.orders import (
    render_order_emails,
    resend_acknowledgement,
    send_order_emails,
)
from pricingsite.web.merchant import current_merchant, merchant_today
from pricingsite.web.order_keys import (
    ShownPrices,
    another_order_key,
    new_order_key,
    order_key,
    read_prices,
    sign_prices,
)
from pricingsite.web.shown_prices import is_chosen_anew, shown_prices
from pricingsite.web.sign_in.invitations import invitation_link, link_lifetime
from pricingsite.web.sign_in.visitors import grant_order, may_see_order, own_change, signed_in_user
from pricingsite.web.storefront import current_plan, current_storefront
from pricingsite.web.transaction import committing

bp = Blueprint("checkout", __name__)


@bp.route("/checkout/<string:plan_id>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit("30 per 5 minutes", methods=["POST"])
def order_form(plan_id: str) -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    plan, key = _plan(plan_id), order_key(plan_id)
    if isinstance(plan, ContactPlan):
        return _to_talk_about(plan, key)
    if address := own_change(plan.id):
        return redirect(address, 303)
    form = _form(plan)
    choice = ChoiceForm(plan, request.form if request.method == "POST" else request.args)
    updating = "update" in request.form
    if not updating and form.validated() and key and choice.is_valid():
        return _order(choice, form, key)
    if earlier := _ordered_before(choice, form, key):
        return _to_order(earlier)
    if plan.archived:
        return _withdrawn(plan)
    if key is None:
        new_order_key(plan_id)
    return _order_page(choice, form, expired=key is None and not updating)


def _plan(plan_id: str) -> PlanAsSold | ContactPlan:
    plan = current_plan(plan_id)
    if plan is None:
        abort(404)
    return plan


def _form(plan: PlanAsSold) -> OrderForm:
    form = OrderForm()
    form.prepare(
        today=merchant_today(),
        days_ahead=current_app.config["CHECKOUT_DAYS_AHEAD"],
        countries=current_merchant().sells_to,
        takes_codes=current_storefront().takes_codes and not plan.offer.is_free,
    )
    return form


def _ordered_before(choice: ChoiceForm, form: OrderForm, key: str | None) -> Order | None:
    """The order of an earlier attempt: a retry finds it, whatever has ended in the meantime."""
    if request.method != "POST" or key is None or form.order_again_for.data:
        return None
    if not choice.is_valid():
        return None
    return order_placed_before(db.session(), key, form.command(choice.plan.id, choice.choice))


def _to_talk_about(plan: ContactPlan, key: str | None) -> ResponseReturnValue:
    """A plan that is not ordered here; who ordered it while it was, finds that order again."""
    earlier = order_with_key(db.session(), key) if key and request.method == "POST" else None
    return _to_order(earlier) if earlier else _withdrawn(plan)


def _to_order(order: Order) -> ResponseReturnValue:
    grant_order(order.reference)
    return redirect(url_for("checkout.order", reference=order.reference), 303)


def _order_page(
    choice: ChoiceForm, form: OrderForm, *, expired: bool = False, busy: bool = False
) -> ResponseReturnValue:
    status, sold = 200, _with_code(choice, form)
    if request.method == "POST" and "update" not in request.form:
        status = 422
        if expired or "csrf_token" in form.errors:
            form["csrf_token"].errors, status = [EXPIRED], 400
    if busy:
        form.form_errors, status = [BUSY], 503
    form.shown_prices.data = sign_prices(shown_prices(sold.offer))
    page = render_template(
        "checkout/order_form.html",
        form=form,
        choice=choice,
        plan=choice.plan,
        first=sold.first_bill(form.start_date),
        trial=sold.offer.trial,
        today=merchant_today(),
    )
    return page, status, {"Retry-After": "30"} if busy else {}


def _with_code(choice: ChoiceForm, form: OrderForm) -> OptionAsSold:
    """What is chosen, at the discount of the code that was typed; what is wrong with it is told."""
    sold, code = choice.sold, form.typed_code
    try:
        return with_code(db.session(), sold, code, today=merchant_today()) if code else sold
    except PromotionError as error:
        form.refuse_code(str(error))
        return sold


def _withdrawn(plan: PlanAsSold | ContactPlan) -> ResponseReturnValue:
    """A plan that cannot be ordered: closed to new orders, or to be talked about."""
    _look_again()
    others = current_storefront().offers
    return render_template("checkout/withdrawn.html", plan=plan, plans=others), 410


def _order(choice: ChoiceForm, form: OrderForm, key: str) -> ResponseReturnValue:
    shown, sold = read_prices(form.shown_prices.data or ""), _with_code(choice, form)
    if form.errors:
        return _order_page(choice, form)
    if shown and is_chosen_anew(choice.plan, sold.offer, shown):
        form.form_errors = [CHOSEN_ANEW]
        return _order_page(choice, form)
    if _is_ordered_again(form, key):
        key = another_order_key(choice.plan.id, key)
    try:
        command = form.command(choice.plan.id, choice.choice)
        return _to_order(_place(command, key, shown.version if shown else ""))
    except (OrderKeyTakenError, PricesChangedError, PlanNotOnSaleError, PromotionError) as error:
        return _refused(error, choice, form, shown)
    except OperationalError:
        return _order_page(choice, form, busy=True)


def _refused(
    error: ValueError, choice: ChoiceForm, form: OrderForm, shown: ShownPrices | None
) -> ResponseReturnValue:
    """Why nothing was ordered, and the way on."""
    if isinstance(error, OrderKeyTakenError):
        return _ask_again(choice, form, "checkout/already_ordered.html", order=error.order)
    if isinstance(error, PlanNotOnSaleError):
        return _withdrawn(choice.plan)
    if isinstance(error, PromotionError):
        return _order_page(choice, form)
    return _ask_again(choice, form, "checkout/prices_changed.html", before=shown)


def _is_ordered_again(form: OrderForm, key: str) -> bool:
    """Whether the order that the key was used for is to be followed by another one."""
    reference = form.order_again_for.data
    earlier = order_with_key(db.session(), key) if reference else None
    return earlier is not None and earlier.reference == reference


def _place(command: OrderCommand, key: str, shown_version: str) -> Order:
    """Place an order; its e-mails are rendered before the transaction that others wait for."""
    draft = draft_order(
        db.session(), command, order_key=key, shown_version=shown_version, now=now()
    )
    if draft.invitation is None:
        return draft.order
    emails = render_order_emails(draft.order, link=invitation_link(draft.invitation))
    with committing(db.session):
        order = place_order(db.session(), draft)
        if order is draft.order:
            send_order_emails(order, emails)
    return order


def _ask_again(
    choice: ChoiceForm, form: OrderForm, template: str, **context: object
) -> ResponseReturnValue:
    """A page that keeps the order as it was typed and asks for one more click."""
    _look_again()
    plan = _plan(choice.plan.id)
    if isinstance(plan, ContactPlan):
        return _withdrawn(plan)
    choice = ChoiceForm(plan, request.form)
    sold = _with_code(choice, form)
    after = shown_prices(sold.offer)
    page = render_template(
        template,
        values=form.hidden_values() | choice.values,
        plan=plan,
        after=after,
        shown_prices=sign_prices(after),
        first=sold.first_bill(form.start_date),
        trial=sold.offer.trial,
        **context,
    )
    return page, 409


def _look_again() -> None:
    """See which catalog is in force: it may be another one than when this request began."""
    db.session.refresh(current_merchant())


def _visible_order(reference: str) -> Order:
    order = find_order(db.session(), reference)
    if order is None or not may_see_order(order):
        if signed_in_user() is None:
            if wants_json():
                abort(401)
            page = url_for("checkout.order", reference=reference)
            abort(redirect(url_for("security.login", next=page), 303))
        abort(404)
    return order


@bp.get("/orders/<string:reference>")
def order(reference: str) -> ResponseReturnValue:
    found = _visible_order(reference)
    with containing_faults(found.customer):
        first = first_bill_of_schedule(read_seller(db.session()), found.schedule, found.customer)
    if wants_json():
        return jsonify(documents.order(found, first))
    return render_template(
        "checkout/order.html",
        order=found,
        plan=current_plan(found.plan_id),
        first=first,
        trial=found.schedule.ordered_trial,
        days=link_lifetime().days,
        confirmed=found.customer.verified_at is not None,
        order_only=signed_in_user() is None,
    )


@bp.post("/orders/<string:reference>/resend")
@limiter.limit("5 per hour")
def resend(reference: str) -> ResponseReturnValue:
    order = _visible_order(reference)
    if order.ended_at is not None:
        abort(410)
    invitation = pending_invitation(db.session(), order.customer_id)
    if order.customer.verified_at is not None or invitation is None:
        flash("The address is already confirmed, so no e-mail was sent.")
        return redirect(url_for("checkout.order", reference=reference), 303)
    # The link is dated now, so that it has its whole life before it.
    emails = render_order_emails(order, link=invitation_link(invitation))
    with committing(db.session):
        resend_acknowledgement(order, emails)
    flash(
        f"The order e-mail is on its way to {order.email} again. "
        "We send it at most a few times an hour."
    )
    return redirect(url_for("checkout.order", reference=reference), 303)
