"""Usage as programs read it: a customer's metrics over some days, in total or by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from pricingsite.blueprints.api.customers import customer_named
from pricingsite.database import db
from pricingsite.models.catalog import UsageMetric, unit_of
from pricingsite.models.customers import Customer
from pricingsite.pricing import Period, plain
from pricingsite.services.merchant import get_merchant
from pricingsite.services.usage.metrics import list_metrics
from pricingsite.services.usage.quantities import daily, freshness, quantities
from pricingsite.web import documents
from pricingsite.web.clock import now
from pricingsite.web.http.problems import Problem
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("usage", __name__)

MOST_DAYS = 400


@bp.get("/usage")
@scope_required("usage:read")
def read() -> ResponseReturnValue:
    """What a customer's metrics come to over the days from `from` up to, not including, `to`."""
    customer = customer_named(request.args.get("customer", ""))
    period, metrics, by_day = _period(), _metrics(), _by_day()
    totals = quantities(db.session(), customer.id, metrics, period)
    found = [
        _total(metric, totals[metric.id])
        | ({"days": _days(customer, metric, period)} if by_day else {})
        for metric in metrics
    ]
    return jsonify(_head(customer, period) | {"metrics": found})


def _head(customer: Customer, period: Period) -> dict[str, object]:
    fresh = freshness(db.session(), customer.id)
    return {
        "customer": customer.id,
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "timezone": str(get_merchant(db.session()).zone),
        "as_of": now().isoformat(),
        "counted_to": fresh.last_event_at.isoformat() if fresh else None,
        "stored_at": fresh.last_stored_at.isoformat() if fresh else None,
    }


def _total(metric: UsageMetric, quantity: Decimal) -> dict[str, object]:
    return {
        "metric": metric.id,
        "unit": metric.unit,
        **({"name": name} if (name := unit_of(metric).name) else {}),
        "aggregation": metric.aggregation,
        "quantity": plain(quantity),
    }


def _days(customer: Customer, metric: UsageMetric, period: Period) -> list[dict[str, object]]:
    return [documents.usage_day(one) for one in daily(db.session(), customer.id, metric, period)]


def _period() -> Period:
    start, end = _day("from"), _day("to")
    if not timedelta(0) < end - start <= timedelta(days=MOST_DAYS):
        raise _wrong(f"to is a day after from, and at most {MOST_DAYS} days after it.")
    return Period(start, end)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        raise _wrong(f"{name} is a day such as 2026-11-01.") from None


def _metrics() -> Sequence[UsageMetric]:
    known = list_metrics(db.session())
    named = request.args.get("metric")
    if named is None:
        return known
    if found := [metric for metric in known if metric.id == named]:
        return found
    raise _wrong(f"metric is one of {', '.join(metric.id for metric in known) or 'none yet'}.")


def _by_day() -> bool:
    by = request.args.get("by")
    if by not in {None, "day"}:
        raise _wrong("by is day, or left out for the total alone.")
    return by == "day"


def _wrong(why: str) -> Problem:
    return Problem(422, "wrong-parameter", f"The parameter {why}")
