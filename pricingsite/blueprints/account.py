"""A customer's own page: the estimate of the running bill, as HTML or, by Accept, as JSON."""

from flask import Blueprint, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services import estimates
from pricingsite.web.clock import now
from pricingsite.web.customers import visible_customer
from pricingsite.web.problems import wants_json

bp = Blueprint("account", __name__)


@bp.get("/account")
def estimate() -> ResponseReturnValue:
    customer = visible_customer()
    running = estimates.estimate(db.session(), customer, now=now())
    if wants_json():
        response = jsonify(running.to_dict() if running else {"state": "none"})
    else:
        unverified = customer.verified_at is None
        page = render_template(
            "account/estimate.html", estimate=running, customer=customer, order_only=unverified
        )
        response = make_response(page)
    response.vary.add("Accept")
    return response
