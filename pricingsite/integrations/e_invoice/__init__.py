"""E-invoices: an issued invoice or credit note as XML by EN 16931, in two syntaxes of one mapping.

Factur-X 1.09 (CII, profile EN 16931), which its PDF holds too; and UBL 2.1 as Peppol BIS Billing
3.0 wants it. They are files: carrying them over a network is left to an access point. The library
is imported when it is needed, and the site runs without it.
"""

from importlib.util import find_spec

from pricingsite.integrations.e_invoice.mapping import EInvoiceError, fields_of, obstacle_of
from pricingsite.models.invoices import Invoice

__all__ = [
    "EInvoiceError",
    "EInvoiceUnavailableError",
    "can_make_e_invoice",
    "cii_of",
    "ubl_of",
]

_PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PEPPOL_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
# The tests check schemas and rules. By default the library would do it for every invoice, with
# schemas that it reads anew, and rules at a server that it would send the invoice to.
_UNCHECKED = {"level": "en16931", "check_xsd": False, "check_schematron": None}
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


class EInvoiceUnavailableError(RuntimeError):
    """The library that writes e-invoices is not installed."""


def can_make_e_invoice(invoice: Invoice) -> bool:
    """Whether an invoice can be had as XML here; a draft cannot."""
    return _is_installed() and obstacle_of(invoice) is None


def _is_installed() -> bool:
    return find_spec("facturx") is not None


def _need_library() -> None:
    if not _is_installed():
        raise EInvoiceUnavailableError("E-invoices need the library factur-x.")


def cii_of(invoice: Invoice) -> bytes:
    """An invoice as Factur-X's XML.

    Raises `EInvoiceError` where EN 16931 cannot say what it says, and `EInvoiceUnavailableError`.
    """
    _need_library()
    from facturx import generate_cii_xml  # noqa: PLC0415 - a heavy library that few requests need

    xml: bytes = generate_cii_xml(fields_of(invoice), **_UNCHECKED)
    return xml


def ubl_of(invoice: Invoice) -> bytes:
    """An invoice as Peppol's UBL; raises as `cii_of` does."""
    _need_library()
    from facturx import generate_ubl_xml  # noqa: PLC0415 - as above
    from lxml import etree  # noqa: PLC0415

    fields = fields_of(invoice) | {"BT-23": _PEPPOL_PROCESS}
    if invoice.is_credit_note:
        # The library writes it where a credit note's schema takes none; its delivery has the day.
        del fields["BT-7"]
    root = etree.fromstring(generate_ubl_xml(fields, **_UNCHECKED))
    # The library writes the identifier of its own level, and a version that Peppol leaves out.
    root.remove(root.find(f"{_CBC}UBLVersionID"))
    root.find(f"{_CBC}CustomizationID").text = _PEPPOL
    ubl: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return ubl
