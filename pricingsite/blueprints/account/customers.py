"""Choosing whose pages to see, for users of several customers: searched, and page by page."""

import re

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.access import User
from pricingsite.services.access.users import find_customers, is_member
from pricingsite.services.estimates.subscriptions import subscriptions_of
from pricingsite.web.clock import now
from pricingsite.web.sign_in.sessions import choose_customer, chosen_customer
from pricingsite.web.sign_in.visitors import acts_for_several, signed_in_user

bp = Blueprint("customers", __name__)

# A page of the account, in characters that an address holds.
_ACCOUNT = re.compile(r"/account[!-~]*")
# No user has more pages than this has digits for.
_PAGE = re.compile(r"[1-9][0-9]{0,5}")


@bp.route("/account/customers", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    user = signed_in_user()
    if user is None:
        return redirect(url_for("security.login", next=request.path), 303)
    if request.method == "POST":
        return _chosen(user, request.form.get("customer", ""))
    if not acts_for_several(user):
        return redirect(url_for("account.estimate.show"), 303)
    words, page = request.args.get("q", "").strip(), request.args.get("page", "1")
    if not _PAGE.fullmatch(page):
        abort(404)
    found = find_customers(db.session(), user, words=words, page=int(page))
    if not found.customers and page != "1":
        abort(404)
    ids = [customer_id for customer_id, _ in found.customers]
    return render_template(
        "account/customers.html",
        found=found,
        subscriptions=subscriptions_of(db.session(), ids, now=now()),
        words=words,
        next=request.args.get("next"),
        chosen=chosen_customer(),
    )


def _chosen(user: User, customer_id: str) -> ResponseReturnValue:
    if "\0" in customer_id or not is_member(db.session(), user, customer_id):
        abort(404)
    choose_customer(customer_id)
    wanted = request.form.get("next", "")
    return redirect(wanted if _ACCOUNT.fullmatch(wanted) else "/account", 303)
