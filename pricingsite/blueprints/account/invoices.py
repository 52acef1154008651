"""A customer's invoices: their list, each one's page, and both as files."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.integrations.e_invoice import can_make_e_invoice
from pricingsite.integrations.pdf import can_make_pdf
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.services.balances.standing import Standing, standings
from pricingsite.services.estimates.estimates import Estimate, estimate
from pricingsite.services.invoices.history import history_of
from pricingsite.services.invoices.reading import invoices_of
from pricingsite.web.clock import now
from pricingsite.web.csv import invoice_csv, invoices_csv
from pricingsite.web.http.downloads import download
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.invoice_documents import invoice as invoice_document
from pricingsite.web.invoice_documents import invoice_summary
from pricingsite.web.invoice_words import known_as
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sign_in.visitors import members_customer, members_invoice

bp = Blueprint("invoices", __name__)

_A_PAGE = 50


@bp.get("/account/invoices")
def index() -> ResponseReturnValue:
    customer = members_customer()
    invoices = invoices_of(db.session(), customer.id)
    page = request.args.get("page", "1")
    if not (page.isascii() and page.isdigit() and 0 < int(page[:9]) <= _pages(invoices)):
        abort(404)
    shown = invoices[(int(page) - 1) * _A_PAGE : int(page) * _A_PAGE]
    return render_template(
        "account/invoices.html",
        customer=customer,
        invoices=shown,
        standings=_standings(shown),
        page=int(page),
        pages=range(1, _pages(invoices) + 1),
        first=None if invoices else _first(customer),
    )


@bp.get("/account/invoices.json")
def index_json() -> ResponseReturnValue:
    invoices = invoices_of(db.session(), members_customer().id)
    standing = _standings(invoices)
    return jsonify({"invoices": [invoice_summary(one, standing[one.id]) for one in invoices]})


@bp.get("/account/invoices.csv")
def index_csv() -> ResponseReturnValue:
    invoices = invoices_of(db.session(), members_customer().id)
    return download(invoices_csv(invoices, _standings(invoices)), "text/csv", "invoices.csv")


@bp.get("/account/invoices/<number>")
def show(number: str) -> ResponseReturnValue:
    invoice = members_invoice(number)
    return render_template(
        "account/invoice.html",
        customer=invoice.customer,
        invoice=invoice,
        standing=_standings([invoice])[invoice.id],
        history=history_of(db.session(), invoice),
        as_pdf=can_make_pdf(),
        as_xml=can_make_e_invoice(invoice),
    )


@bp.get("/account/invoices/<number>.json")
def show_json(number: str) -> ResponseReturnValue:
    invoice = members_invoice(number)
    return jsonify(invoice_document(invoice, _standings([invoice])[invoice.id]))


@bp.get("/account/invoices/<number>.csv")
def show_csv(number: str) -> Response:
    invoice = members_invoice(number)
    return download(invoice_csv(invoice), "text/csv", f"{known_as(invoice)}.csv")


def _standings(invoices: Sequence[Invoice]) -> Mapping[int, Standing]:
    return standings(db.session(), invoices, today=merchant_today())


def _pages(invoices: Sequence[Invoice]) -> int:
    """How many pages a list has; one even if it is empty."""
    return max(1, -(-len(invoices) // _A_PAGE))


def _first(customer: Customer) -> Estimate | None:
    """The bill that the first invoice will be about."""
    with containing_faults(customer):
        return estimate(db.session(), customer, now=now())
