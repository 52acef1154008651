"""The running bill, as HTML or JSON by Accept."""

from flask import Blueprint, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.alerts.choices import budget_of
from pricingsite.services.estimates.account_page import account_page
from pricingsite.services.estimates.estimates import estimate
from pricingsite.web import documents
from pricingsite.web.charts.periods import period_charts
from pricingsite.web.clock import now
from pricingsite.web.http.problems import wants_json
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.sign_in.visitors import visible_customer

bp = Blueprint("estimate", __name__)


@bp.get("/account")
def show() -> ResponseReturnValue:
    customer = visible_customer()
    response = make_response(_document(customer) if wants_json() else _page(customer))
    response.vary.add("Accept")
    return response


def _document(customer: Customer) -> ResponseReturnValue:
    with containing_faults(customer):
        found = estimate(db.session(), customer, now=now())
    return jsonify(documents.estimate(found) if found else {"state": "none"})


def _page(customer: Customer) -> ResponseReturnValue:
    with containing_faults(customer):
        page = account_page(db.session(), customer, now=now())
        charts = period_charts(page) if page else {}
    return render_template(
        "account/estimate.html",
        customer=customer,
        order_only=customer.verified_at is None,
        page=page,
        budget=budget_of(db.session(), page) if page else None,
        charts=charts,
    )
