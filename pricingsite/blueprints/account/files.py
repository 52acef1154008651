"""Invoices as PDF and as XML, and all of some days' PDFs in one archive."""

from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from zipfile import ZIP_STORED, ZipFile

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.statement import MOST_INVOICES, StatementForm
from pricingsite.integrations.e_invoice import (
    EInvoiceError,
    EInvoiceUnavailableError,
    cii_of,
    ubl_of,
)
from pricingsite.integrations.pdf import (
    MissingCharactersError,
    PdfError,
    can_make_pdf,
    pdf_of,
)
from pricingsite.services.invoices.reading import get_invoice, issued_ids
from pricingsite.web.http.downloads import download, downloading
from pricingsite.web.invoice_words import known_as
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sign_in.visitors import members_customer, members_invoice

bp = Blueprint("files", __name__)

_IN_MEMORY = 4_000_000
_SYNTAXES = {"cii": cii_of, "ubl": ubl_of}


@bp.get("/account/invoices/<number>.pdf")
def pdf(number: str) -> ResponseReturnValue:
    invoice = members_invoice(number)
    if not can_make_pdf():
        abort(404)
    try:
        return download(pdf_of(invoice), "application/pdf", f"{known_as(invoice)}.pdf")
    except PdfError as error:
        return _refused(_words(error), back=known_as(invoice))


@bp.get("/account/invoices/<number>.xml")
def xml(number: str) -> ResponseReturnValue:
    invoice = members_invoice(number)
    syntax = request.args.get("format", "cii")
    if syntax not in _SYNTAXES:
        abort(404)
    try:
        name = f"{known_as(invoice)}-{syntax}.xml"
        return download(_SYNTAXES[syntax](invoice), "application/xml", name)
    except EInvoiceUnavailableError:
        abort(404)
    except EInvoiceError as error:
        return _refused(str(error), back=known_as(invoice))


@bp.get("/account/invoices.zip")
def archive() -> ResponseReturnValue:
    customer = members_customer()
    form = StatementForm(request.args, today=merchant_today())
    if not can_make_pdf() or not form.is_valid():
        abort(404)
    ids = issued_ids(db.session(), customer.id, form.period, most=MOST_INVOICES + 1)
    if not ids:
        return _refused("No invoice was issued on these days.")
    if len(ids) > MOST_INVOICES:
        return _refused(
            f"An archive holds up to {MOST_INVOICES} invoices, and these days have more. "
            "Choose fewer days."
        )
    name = f"invoices-{form.period.start}-{form.period.last_day}.zip"
    return downloading(_archive(ids), "application/zip", name)


def _archive(ids: Sequence[int]) -> SpooledTemporaryFile[bytes]:
    """A ZIP file of invoices as PDFs, one read and made after another."""
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    with ZipFile(file, "w", ZIP_STORED) as archive_file:
        for invoice_id in ids:
            invoice = get_invoice(db.session(), invoice_id)
            try:
                archive_file.writestr(f"{invoice.number}.pdf", pdf_of(invoice))
            except PdfError as error:
                archive_file.writestr(f"{invoice.number}.txt", _words(error))
    file.seek(0)
    return file


def _words(error: PdfError) -> str:
    """Why there is no PDF, for whom the invoice is."""
    if isinstance(error, MissingCharactersError):
        return (
            f"This PDF cannot be made yet: no font here has the characters {error.characters}. "
            "Print the invoice's page instead, or write to us."
        )
    return str(error)


def _refused(why: str, *, back: str | None = None) -> ResponseReturnValue:
    return render_template("account/no_file.html", why=why, back=back), 422
