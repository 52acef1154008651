"""Usage by day of a billing period, as HTML, JSON by Accept, or CSV."""

from contextlib import suppress
from datetime import date, datetime

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.services.estimates.usage_by_day import (
    NoSuchPeriodError,
    UsageHistory,
    usage_billed,
    usage_history,
)
from pricingsite.services.invoices.reading import find_invoice
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
    invoice = _invoice(customer)
    history = _history(customer, invoice)
    if wants_json():
        response = jsonify(documents.usage_by_day(history) if history else {"usage": []})
    else:
        shown = {"customer": customer, "history": history, "invoice": invoice}
        order_only = customer.verified_at is None
        page = render_template("account/usage.html", **shown, order_only=order_only)
        response = make_response(page)
    response.vary.add("Accept")
    return response


@bp.get("/account/usage.csv")
def download() -> ResponseReturnValue:
    customer = visible_customer()
    history = _history(customer, _invoice(customer))
    if history is None:
        abort(404)
    response = Response(usage_csv(history), content_type="text/csv; charset=utf-8")
    name = f"usage-{history.period.start:%Y-%m}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _invoice(customer: Customer) -> Invoice | None:
    """The customer's invoice that the address names, whose days are asked for."""
    number = request.args.get("invoice")
    if number is None:
        return None
    invoice = find_invoice(db.session(), number)
    if invoice is None or invoice.customer_id != customer.id:
        abort(404)
    return invoice


def _history(customer: Customer, invoice: Invoice | None) -> UsageHistory | None:
    """The customer's usage in the period that the address names, or in this one.

    It names one by its month, or by an invoice with, where that is not its own, the day on which
    the period fell due.
    """
    session, named = db.session(), _named()
    with containing_faults(customer):
        try:
            if invoice is not None:
                billed_on = _day(request.args.get("billed_on")) or invoice.billed_on
                return usage_billed(session, customer, invoice, billed_on, now=now())
            return usage_history(session, customer, **named, now=now())
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


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(404)
