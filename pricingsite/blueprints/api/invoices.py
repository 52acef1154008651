"""Invoices as programs read them: page by page, and one with its lines."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pricingsite.blueprints.api.customers import customer_named
from pricingsite.blueprints.api.paging import limit, refuse_unknown, whole_number, wrong_parameter
from pricingsite.database import db
from pricingsite.services.balances.paging import page_of_invoices
from pricingsite.services.balances.standing import InvoiceStatus, standings
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.web.invoice_documents import invoice as invoice_document
from pricingsite.web.invoice_documents import invoice_summary
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("invoices", __name__)

_HIGHEST_ID = 2**63 - 1


@bp.get("/invoices")
@scope_required("invoices:read")
def index() -> ResponseReturnValue:
    """Invoices, credit notes and drafts, the oldest first, up to `limit` after `after`."""
    refuse_unknown("customer", "status", "after", "limit")
    named = request.args.get("customer")
    page = page_of_invoices(
        db.session(),
        customer_id=None if named is None else customer_named(named).id,
        status=_status(),
        after=whole_number("after", 0, "the next of the page before", least=0, most=_HIGHEST_ID),
        limit=limit(),
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


def _status() -> InvoiceStatus | None:
    named = request.args.get("status")
    if named is None:
        return None
    if named not in {*InvoiceStatus}:
        raise wrong_parameter(f"status is one of {', '.join(InvoiceStatus)}.")
    return InvoiceStatus(named)
