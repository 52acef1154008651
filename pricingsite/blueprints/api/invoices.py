"""Invoices as programs read them: page by page, and one with its lines."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pricingsite.blueprints.api.customers import customer_named
from pricingsite.database import db
from pricingsite.services.balances.paging import page_of_invoices
from pricingsite.services.balances.standing import InvoiceStatus, standings
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.web.http.problems import Problem
from pricingsite.web.invoice_documents import invoice as invoice_document
from pricingsite.web.invoice_documents import invoice_summary
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("invoices", __name__)

MOST_INVOICES = 100
_PARAMETERS = ("customer", "status", "after", "limit")
_HIGHEST_ID = 2**63 - 1


@bp.get("/invoices")
@scope_required("invoices:read")
def index() -> ResponseReturnValue:
    """Invoices, credit notes and drafts, the oldest first, up to `limit` after `after`."""
    _refuse_unknown()
    named = request.args.get("customer")
    page = page_of_invoices(
        db.session(),
        customer_id=None if named is None else customer_named(named).id,
        status=_status(),
        after=_number("after", 0, least=0, most=_HIGHEST_ID),
        limit=_number("limit", MOST_INVOICES, least=1, most=MOST_INVOICES),
        today=merchant_today(),
    )
    found = [
        {"customer": one.customer_id} | invoice_summary(one, standing)
        for one, standing in page.invoices
    ]
    return jsonify({"invoices": found, "next": None if page.next is None else str(page.next)})


@bp.get("/invoices/<number>")
@scope_required("invoices:read")
def read(number: str) -> ResponseReturnValue:
    """One of them with its lines, by its number; a draft by its id."""
    found = find_invoice(db.session(), number)
    if found is None:
        raise NotFound(f"There is no invoice {number!r}.")
    standing = standings(db.session(), [found], today=merchant_today())[found.id]
    return jsonify({"customer": found.customer_id} | invoice_document(found, standing))


def _refuse_unknown() -> None:
    """Refuse a filter that is misspelt: it would be all invoices that are answered."""
    for name in request.args:
        if name not in _PARAMETERS:
            raise _wrong(f"{name!r} is not known: use {', '.join(_PARAMETERS)}.")


def _status() -> InvoiceStatus | None:
    named = request.args.get("status")
    if named is None:
        return None
    if named not in {*InvoiceStatus}:
        raise _wrong(f"status is one of {', '.join(InvoiceStatus)}.")
    return InvoiceStatus(named)


def _number(name: str, default: int, *, least: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (is_number and least <= int(text) <= most):
        what = "a number from 1 to 100" if name == "limit" else "the next of the page before"
        raise _wrong(f"{name} is {what}.")
    return int(text)


def _wrong(why: str) -> Problem:
    return Problem(422, "wrong-parameter", f"The parameter {why}")
