"""Keeping a plan after its trial, by one click on the account page."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.schedules.confirming import TrialOverError, confirm_trial
from pricingsite.web.clock import now
from pricingsite.web.sign_in.visitors import signed_in_user, visible_customer
from pricingsite.web.transaction import committing

bp = Blueprint("trial", __name__)


@bp.post("/account/trial/keep")
def keep() -> ResponseReturnValue:
    customer = visible_customer()
    if signed_in_user() is None:
        abort(403)  # Who merely ordered has not proven to be of the company.
    customer_id = customer.id
    try:
        with committing(db.session):
            confirm_trial(db.session(), customer_id, now=now())
    except TrialOverError:
        flash("Nothing was changed: the trial is over. Order the plan to go on using it.", "error")
    else:
        flash("You keep your plan. It goes on after the trial.")
    return redirect(url_for("account.estimate.show"), 303)
