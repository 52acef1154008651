"""The running bill, as HTML or JSON by Accept."""

from flask import Blueprint, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.alerts.choices import alerts_of, budget_of
from pricingsite.services.estimates import estimates
from pricingsite.services.estimates.account_page import progress
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.estimates.forecast import forecast
from pricingsite.services.estimates.other_plans import other_plans
from pricingsite.web import documents
from pricingsite.web.charts.periods import period_so_far
from pricingsite.web.clock import now
from pricingsite.web.http.problems import wants_json
from pricingsite.web.sign_in.visitors import visible_customer

bp = Blueprint("estimate", __name__)


@bp.get("/account")
def show() -> ResponseReturnValue:
    customer = visible_customer()
    running = estimates.estimate(db.session(), customer, now=now())
    if wants_json():
        response = jsonify(documents.estimate(running) if running else {"state": "none"})
    else:
        order_only = customer.verified_at is None
        response = make_response(
            render_template(
                "account/estimate.html",
                customer=customer,
                order_only=order_only,
                estimate=running,
                **_came(running),
            )
        )
    response.vary.add("Accept")
    return response


def _came(running: Estimate | None) -> dict[str, object]:
    """How a running bill came about: what is said of it, and what is drawn, by price id."""
    if running is None:
        return {}
    came = progress(db.session(), running)
    # There is no forecast while usage may be missing.
    told = None if came.silent else forecast(db.session(), running)
    drawn = came.series.values() if running.running else ()
    likely = told.likely if told else None
    return {
        "progress": came,
        "forecast": told,
        "budget": budget_of(alerts_of(db.session(), running.customer.id), running, told),
        "others": other_plans(db.session(), running, came),
        "charts": {
            series.service.price.id: period_so_far(series, running.as_of, likely)
            for series in drawn
        },
    }
