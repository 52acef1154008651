"""The running bill, as HTML or JSON by Accept."""

from flask import Blueprint, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.alerts.choices import budget_of
from pricingsite.services.estimates.account_page import account_page
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
    with containing_faults(customer):
        page = account_page(db.session(), customer, now=now())
        charts = period_charts(page) if page and not wants_json() else {}
    if wants_json():
        response = jsonify(documents.estimate(page.estimate) if page else {"state": "none"})
    else:
        html = render_template(
            "account/estimate.html",
            customer=customer,
            order_only=customer.verified_at is None,
            page=page,
            budget=budget_of(db.session(), page) if page else None,
            charts=charts,
        )
        response = make_response(html)
    response.vary.add("Accept")
    return response
