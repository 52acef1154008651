"""The running bill, as HTML or JSON by Accept."""

from flask import Blueprint, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.alerts.choices import alerts_of, budget_of
from pricingsite.services.estimates import estimates
from pricingsite.services.estimates.account_page import progress
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.estimates.forecast import project
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
    # Nothing is said of where a bill goes while usage may be missing from it.
    going = None if came.silent else project(db.session(), running)
    drawn = came.series.values() if running.running else ()
    likely = going.likely if going else None
    return {
        "progress": came,
        "projection": going,
        "budget": budget_of(alerts_of(db.session(), running.customer.id), running, going),
        "others": other_plans(db.session(), running, came),
        "charts": {
            series.service.price.id: period_so_far(series, running.as_of, likely)
            for series in drawn
        },
    }
