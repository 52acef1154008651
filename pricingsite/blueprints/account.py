"""A customer's own pages: the running bill and usage by day, as HTML, JSON by Accept, or CSV."""

import csv
import io
from datetime import date, datetime

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.alerts.choices import alerts_of, budget_of
from pricingsite.services.estimates import estimates
from pricingsite.services.estimates.account_page import progress
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.estimates.forecast import project
from pricingsite.services.estimates.other_plans import other_plans
from pricingsite.services.estimates.usage_by_day import (
    NoSuchPeriodError,
    UsageHistory,
    usage_history,
)
from pricingsite.web.charts.periods import period_so_far
from pricingsite.web.clock import now
from pricingsite.web.http.problems import wants_json
from pricingsite.web.sign_in.visitors import visible_customer

bp = Blueprint("account", __name__)


@bp.get("/account")
def estimate() -> ResponseReturnValue:
    customer = visible_customer()
    running = estimates.estimate(db.session(), customer, now=now())
    if wants_json():
        response = jsonify(running.to_dict() if running else {"state": "none"})
    else:
        response = _page("account/estimate.html", customer, estimate=running, **_came(running))
    response.vary.add("Accept")
    return response


@bp.get("/account/usage")
def usage() -> ResponseReturnValue:
    customer = visible_customer()
    history = _history(customer)
    if wants_json():
        response = jsonify(history.to_dict() if history else {"usage": []})
    else:
        response = _page("account/usage.html", customer, history=history)
    response.vary.add("Accept")
    return response


@bp.get("/account/usage.csv")
def usage_csv() -> ResponseReturnValue:
    history = _history(visible_customer())
    if history is None:
        abort(404)
    response = Response(_csv(history), content_type="text/csv; charset=utf-8")
    name = f"usage-{history.period.start:%Y-%m}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _came(running: Estimate | None) -> dict[str, object]:
    """How a running bill came about: what is said of it, and what is drawn, by price id."""
    if running is None:
        return {}
    came = progress(db.session(), running)
    # Nothing is said of where a bill goes while usage may be missing from it.
    going = None if came.silent else project(db.session(), running)
    drawn = came.runs.values() if running.running else ()
    likely = going.likely if going else None
    return {
        "progress": came,
        "projection": going,
        "budget": budget_of(alerts_of(db.session(), running.customer.id), running, going),
        "others": other_plans(db.session(), running, came),
        "charts": {
            run.service.price.id: period_so_far(run, running.as_of, likely) for run in drawn
        },
    }


def _page(template: str, customer: Customer, **shown: object) -> Response:
    unverified = customer.verified_at is None
    return make_response(
        render_template(template, customer=customer, order_only=unverified, **shown)
    )


def _history(customer: Customer) -> UsageHistory | None:
    """The customer's usage in the period that the address names by its month, or in this one."""
    try:
        return usage_history(db.session(), customer, month=_month(), now=now())
    except NoSuchPeriodError:
        abort(404)


def _month() -> date | None:
    named = request.args.get("period")
    if named is None:
        return None
    try:
        return datetime.strptime(named, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        abort(404)


def _csv(history: UsageHistory) -> str:
    """One line a day and price, after one of what it costs unused; no data is no quantity."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    cost = f"cost_{history.bill.currency.lower()}_excl_vat"
    lines.writerow(["day", "price", "unit", "events", "quantity", "cumulative", cost])
    for table in history.tables:
        start = [table.period.start, table.price_name, table.unit.singular]
        lines.writerow([*start, "", "", "0", table.base])
        for one in table.days:
            quantity = "" if one.quantity is None else f"{one.quantity:f}"
            whose = [one.day, table.price_name, table.unit.singular]
            lines.writerow([*whose, one.event_count, quantity, f"{one.cumulative:f}", one.net])
    return text.getvalue()
