"""A customer's plan: what it is, what is pending and can be undone, and the plans beside it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.changes.plan_page import (
    pending_of,
    plan_page,
    reference_of,
    undo_shown,
)
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.plans.as_sold import PlanAsSold
from pricingsite.web.clock import now
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.mails.changes import send_change_emails, undo_emails
from pricingsite.web.sign_in.roles import billing_admins_only
from pricingsite.web.sign_in.visitors import members_customer, visible_customer
from pricingsite.web.storefront import current_plan, current_storefront
from pricingsite.web.transaction import committing

bp = Blueprint("plan", __name__)


@bp.get("/account/plan")
def show() -> ResponseReturnValue:
    customer = visible_customer()
    with containing_faults(customer):
        page = plan_page(db.session(), customer, now=now())
    # A plan that has ended may begin again, so it is one of those to choose.
    own_id = None if page.may_subscribe else page.plan_id
    return render_template(
        "account/plan.html",
        customer=customer,
        order_only=customer.verified_at is None,
        page=page,
        reference=reference_of(db.session(), page.schedule) if page.schedule else None,
        own=next((one for one in current_storefront().offers if one.id == page.plan_id), None),
        others=[one for one in current_storefront().listed if one.id != own_id],
        listed_names={one.id: one.name for one in current_storefront().listed},
        several=_has_choices(page.plan_id),
    )


def _has_choices(plan_id: str | None) -> bool:
    """Whether there is something to choose within a plan: options, quantities, add-ons."""
    sold = current_plan(plan_id) if plan_id else None
    if not isinstance(sold, PlanAsSold):
        return False
    several = len(sold.options) > 1 and not sold.archived
    return several or bool(sold.offer.bought or sold.offer.add_ons)


def _undo(customer: Customer, shown: str) -> None:
    """Undo the change that a page showed, in one transaction with its e-mails."""
    customer_id, emails = customer.id, None
    if pending := pending_of(db.session(), customer_id, now=now()):
        emails = undo_emails(customer, pending, pending.from_plan)
    with committing(db.session):
        undo_shown(db.session(), customer_id, shown, now=now())
        if emails:
            send_change_emails(emails, f"undo:{shown}")


@bp.post("/account/plan/undo")
@billing_admins_only
def undo() -> ResponseReturnValue:
    customer, shown = members_customer(), request.form.get("change", "")
    try:
        _undo(customer, shown)
    except ChangeError as error:
        flash(str(error), "error")
    else:
        flash("The change is undone. Your plan goes on as it was.")
    return redirect(url_for("account.plan.show"), 303)
