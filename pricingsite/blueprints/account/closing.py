"""Closing the account, when its plan has ended and nothing is owed."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.balances.closing import (
    NotClosableError,
    close_account,
    reasons_against_closing,
)
from pricingsite.web.clock import now
from pricingsite.web.mails.rendering import render_email, send_later
from pricingsite.web.sign_in.roles import billing_admins_only
from pricingsite.web.sign_in.sessions import end_session
from pricingsite.web.sign_in.visitors import members_customer
from pricingsite.web.transaction import committing

bp = Blueprint("closing", __name__)


@bp.get("/account/close")
@billing_admins_only
def show() -> ResponseReturnValue:
    customer = members_customer()
    reasons = reasons_against_closing(db.session(), customer, now=now())
    return render_template("account/close.html", customer=customer, reasons=reasons)


@bp.post("/account/close")
@billing_admins_only
def close() -> ResponseReturnValue:
    customer = members_customer()
    name, to = customer.legal_name, customer.billing_email
    email = render_email("account_closed", customer_id=customer.id)
    try:
        with committing(db.session):
            close_account(db.session(), customer, now=now())
            send_later(email, key=f"closed:{customer.id}", to=to)
    except NotClosableError as error:
        shown = {"customer": customer, "reasons": error.reasons}
        return render_template("account/close.html", **shown), 409
    end_session()
    flash(f"The account of {name} is closed.")
    return redirect(url_for("security.login"), 303)
