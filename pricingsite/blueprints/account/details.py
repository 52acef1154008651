"""What a customer says of itself, on one page."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.details import DetailsForm
from pricingsite.models.customers import Customer
from pricingsite.services.customers.copies import copies_of
from pricingsite.services.customers.details import CustomerDetails, update_customer
from pricingsite.services.merchant import vat_rates
from pricingsite.services.schedules.purchase_orders import (
    purchase_order_of,
    put_purchase_order,
)
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.mails.details import details_email, now_taxed, send_to_each
from pricingsite.web.merchant import current_merchant
from pricingsite.web.sign_in.roles import billing_admins_change
from pricingsite.web.sign_in.visitors import members_customer
from pricingsite.web.transaction import committing

bp = Blueprint("details", __name__)


@bp.route("/account/details", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@billing_admins_change
def edit() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer = members_customer()
    form = _form(customer)
    if not form.validated():
        return _details_page(form, customer)
    details = form.details()
    taxed = now_taxed(customer, details)
    email = details_email(
        customer,
        details,
        taxed,
        copies=form.copy_addresses(),
        purchase_order=form.purchase_order.data if form.purchase_order else None,
    )
    with committing(db.session):
        before = _values_of(customer)
        _put(customer, form, details)
        if _values_of(customer) != before:
            send_to_each(email, {before["email"], customer.billing_email})
    flash(f"Your details are saved. They appear on your bills from now on.{taxed}")
    return redirect(url_for("account.details.edit"), 303)


def _form(customer: Customer) -> DetailsForm:
    values = _values_of(customer)
    form = DetailsForm(values)
    form.offer_countries(sorted({*current_merchant().sells_to, customer.country}))
    if "purchase_order" not in values:
        del form.purchase_order
    return form


def _values_of(customer: Customer) -> dict[str, Any]:
    """What is stored, as the form's fields hold it; without a plan, no purchase order."""
    return DetailsForm.values_of(
        customer,
        copies_of(db.session(), customer.id),
        purchase_order_of(db.session(), customer.id),
    )


def _put(customer: Customer, form: DetailsForm, details: CustomerDetails) -> None:
    """Store everything; what billing runs lock first comes first."""
    session = db.session()
    is_changed = False
    if form.purchase_order:
        reference = form.purchase_order.data or None
        is_changed = put_purchase_order(session, customer.id, reference)
    update_customer(
        session,
        customer,
        details,
        copies=form.copy_addresses(),
        is_changed=is_changed,
        now=now(),
    )


def _details_page(form: DetailsForm, customer: Customer) -> ResponseReturnValue:
    status = form_status(form)
    taxed = bool(vat_rates(db.session()))
    page = render_template("account/details.html", form=form, customer=customer, taxed=taxed)
    return page, status
