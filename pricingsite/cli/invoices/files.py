"""`flask invoices pdf | xml`: an invoice as a file, in the forms that the site offers too."""

from typing import BinaryIO

import click

from pricingsite.cli.invoices.asked import found
from pricingsite.integrations.e_invoice import (
    EInvoiceError,
    EInvoiceUnavailableError,
    cii_of,
    ubl_of,
)
from pricingsite.integrations.pdf import PdfError, pdf_of

_FORMATS = {"cii": cii_of, "ubl": ubl_of}
# It is opened when there is something to write.
_file = click.argument("file", type=click.File("wb", lazy=True))


@click.command("pdf")
@click.argument("number")
@_file
def pdf_command(number: str, file: BinaryIO) -> None:
    """Write an invoice, a credit note or a draft into FILE as PDF; - is the terminal."""
    try:
        content = pdf_of(found(number))
    except PdfError as error:
        raise click.ClickException(str(error)) from None
    file.write(content)


@click.command("xml")
@click.argument("number")
@_file
@click.option(
    "--format",
    "syntax",
    type=click.Choice(list(_FORMATS)),
    required=True,
    help="Factur-X's CII, or Peppol's UBL.",
)
def xml_command(number: str, file: BinaryIO, *, syntax: str) -> None:
    """Write an invoice or a credit note into FILE as an e-invoice by EN 16931."""
    try:
        content = _FORMATS[syntax](found(number))
    except (EInvoiceError, EInvoiceUnavailableError) as error:
        raise click.ClickException(str(error)) from None
    file.write(content)
