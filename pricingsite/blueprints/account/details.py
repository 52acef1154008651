"""What a customer says of itself, on one page."""

from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.details import DetailsForm
from pricingsite.models.customers import Customer
from pricingsite.pricing import TaxTreatment
from pricingsite.services.billing.tax import tax_status_of
from pricingsite.services.customers.details import (
    CustomerDetails,
    unverifies,
    update_customer,
)
from pricingsite.services.merchant import vat_rates
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.mails.rendering import Email, render_email, send_within_quota
from pricingsite.web.merchant import current_merchant, current_tax
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
    form = DetailsForm(DetailsForm.values_of(customer))
    form.offer_countries(sorted({*current_merchant().sells_to, customer.country}))
    if not form.validated():
        return _details_page(form, customer)
    details = form.details()
    taxed = _now_taxed(customer, details)
    email = _email_of(customer, details, taxed)
    with committing(db.session):
        before = DetailsForm.values_of(customer)
        update_customer(db.session(), customer, details)
        if DetailsForm.values_of(customer) != before:
            _send_to_each(email, {before["email"], customer.billing_email})
    flash(f"Your details are saved. They appear on your bills from now on.{taxed}")
    return redirect(url_for("account.details.edit"), 303)


def _email_of(customer: Customer, details: CustomerDetails, taxed: str) -> Email:
    return render_email(
        "details_changed", customer_id=customer.id, details=details, moment=now(), taxed=taxed
    )


def _now_taxed(customer: Customer, details: CustomerDetails) -> str:
    """What is said where new details take back why a customer was not taxed."""
    status = tax_status_of(current_merchant(), customer)
    if status.treatment is TaxTreatment.STANDARD or not unverifies(customer, details):
        return ""
    name = current_tax().name
    return f" What we had verified no longer applies, so {name} is charged from now on."


def _details_page(form: DetailsForm, customer: Customer) -> ResponseReturnValue:
    status = form_status(form)
    taxed = bool(vat_rates(db.session()))
    page = render_template("account/details.html", form=form, customer=customer, taxed=taxed)
    return page, status


def _send_to_each(email: Email, addresses: set[str]) -> None:
    """Tell the old and the new billing address, so that nobody is cut off without knowing."""
    change = uuid4().hex
    for address in sorted(addresses):
        send_within_quota(email, key=f"details:{change}:{address}", to=address)
