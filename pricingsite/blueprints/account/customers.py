"""Choosing whose pages to see, for users of several customers."""

import re

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pricingsite.web.sign_in.visitors import (
    choose_customer,
    own_customers,
    signed_in_user,
)

bp = Blueprint("customers", __name__)

# A page of the account, in characters that an address holds.
_ACCOUNT = re.compile(r"/account[!-~]*")


@bp.route("/account/customers", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    user = signed_in_user()
    if user is None:
        return redirect(url_for("security.login", next=request.path), 303)
    own = own_customers(user)
    if request.method == "POST":
        if request.form.get("customer") not in {customer.id for customer in own}:
            abort(404)
        choose_customer(request.form["customer"])
        wanted = request.form.get("next", "")
        return redirect(wanted if _ACCOUNT.fullmatch(wanted) else "/account", 303)
    if len(own) == 1:
        return redirect(url_for("account.estimate.show"), 303)
    return render_template("account/customers.html", customers=own, next=request.args.get("next"))
