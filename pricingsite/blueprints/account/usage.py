"""Usage by day of a billing period, as HTML, JSON by Accept, or CSV."""

from contextlib import suppress
from datetime import date, datetime

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.estimates.usage_by_day import (
    NoSuchPeriodError,
    UsageHistory,
    usage_history,
)
from pricingsite.web import documents
from pricingsite.web.clock import now
from pricingsite.web.csv import usage_csv
from pricingsite.web.http.problems import wants_json
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.sign_in.visitors import visible_customer

bp = Blueprint("usage", __name__)


@bp.get("/account/usage")
def show() -> ResponseReturnValue:
    customer = visible_customer()
    history = _history(customer)
    if wants_json():
        response = jsonify(documents.usage_by_day(history) if history else {"usage": []})
    else:
        order_only = customer.verified_at is None
        response = make_response(
            render_template(
                "account/usage.html", customer=customer, history=history, order_only=order_only
            )
        )
    response.vary.add("Accept")
    return response


@bp.get("/account/usage.csv")
def download() -> ResponseReturnValue:
    history = _history(visible_customer())
    if history is None:
        abort(404)
    response = Response(usage_csv(history), content_type="text/csv; charset=utf-8")
    name = f"usage-{history.period.start:%Y-%m}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _history(customer: Customer) -> UsageHistory | None:
    """The customer's usage in the period that the address names by its month, or in this one."""
    named = _named()
    with containing_faults(customer):
        try:
            return usage_history(db.session(), customer, **named, now=now())
        except NoSuchPeriodError:
            abort(404)


def _named() -> dict[str, date]:
    """The month, or the first day, that the address names a period by."""
    text = request.args.get("period")
    if text is None:
        return {}
    for name, form in (("month", "%Y-%m"), ("first_day", "%Y-%m-%d")):
        with suppress(ValueError):
            return {name: datetime.strptime(text, form).date()}  # noqa: DTZ007 - days have no zone
    return abort(404)
