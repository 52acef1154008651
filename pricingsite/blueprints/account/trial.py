"""Keeping a plan after its trial, by one click on the account page."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.schedules.confirming import TrialOverError, confirm_trial
from pricingsite.web.clock import now
from pricingsite.web.sign_in.roles import billing_admins_only
from pricingsite.web.sign_in.visitors import members_customer
from pricingsite.web.transaction import committing

bp = Blueprint("trial", __name__)


@bp.post("/account/trial/keep")
@billing_admins_only
def keep() -> ResponseReturnValue:
    customer_id = members_customer().id
    try:
        with committing(db.session):
            confirm_trial(db.session(), customer_id, now=now())
    except TrialOverError:
        flash("Nothing was changed: the trial is over. Order the plan to go on using it.", "error")
    else:
        flash("You keep your plan. It goes on after the trial.")
    return redirect(url_for("account.estimate.show"), 303)
