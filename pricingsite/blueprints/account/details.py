"""What a customer says of itself, on one page."""

from uuid import uuid4

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.details import DetailsForm
from pricingsite.models.customers import Customer
from pricingsite.services.customers.details import update_customer
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.mails.rendering import send_within_quota
from pricingsite.web.merchant import current_merchant
from pricingsite.web.sign_in.visitors import (
    signed_in_user,
    visible_customer,
)
from pricingsite.web.transaction import committing

bp = Blueprint("details", __name__)


@bp.route("/account/details", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
def edit() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer = visible_customer()
    if signed_in_user() is None:
        return render_template("account/verify_first.html", order_only=True), 403
    form = DetailsForm(DetailsForm.values_of(customer))
    form.offer_countries(sorted({*current_merchant().sells_to, customer.country}))
    if not form.validated():
        return _details_page(form, customer)
    with committing(db.session):
        before = DetailsForm.values_of(customer)
        update_customer(db.session(), customer, form.details())
        if DetailsForm.values_of(customer) != before:
            _tell_of_the_change(customer, {before["email"], customer.billing_email})
    flash("Your details are saved. They appear on your bills from now on.")
    return redirect(url_for("account.details.edit"), 303)


def _details_page(form: DetailsForm, customer: Customer) -> ResponseReturnValue:
    status = form_status(form)
    return render_template("account/details.html", form=form, customer=customer), status


def _tell_of_the_change(customer: Customer, addresses: set[str]) -> None:
    """Old and new billing address both hear of it, so that nobody is quietly cut off."""
    change = uuid4().hex
    for address in sorted(addresses):
        key = f"details:{change}:{address}"
        send_within_quota("details_changed", key=key, to=address, customer=customer, moment=now())
