"""All of a customer's data, for its billing admins to take with them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from pricingsite.web.http.downloads import streaming
from pricingsite.web.http.limits import limiter
from pricingsite.web.merchant import merchant_today
from pricingsite.web.own_data import own_data
from pricingsite.web.sign_in.roles import billing_admins_only
from pricingsite.web.sign_in.visitors import members_customer

bp = Blueprint("data", __name__)


@bp.get("/account/data")
@billing_admins_only
def show() -> ResponseReturnValue:
    return render_template("account/data.html", customer=members_customer())


@bp.get("/account/data.zip")
@limiter.limit("20 per hour")
@billing_admins_only
def download() -> ResponseReturnValue:
    name = f"account-data-{merchant_today()}.zip"
    return streaming(own_data(members_customer().id), "application/zip", name)
