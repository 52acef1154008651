"""What EN 16931 calls the parts of an invoice: one mapping for every syntax.

EN 16931-1:2017+A1:2019, by the ids of its business terms (BT) and groups (BG). It reads the
invoice's row alone. A credit note is one by its type, so its amounts change their sign.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pricingsite.integrations.e_invoice.amounts import in_two_decimals, written
from pricingsite.integrations.e_invoice.lines import line_fields
from pricingsite.integrations.e_invoice.vat import Category, category, number_of
from pricingsite.models.invoices import Invoice
from pricingsite.pricing import Money, TaxLine, plain
from pricingsite.services.invoices.words import payment_lines, tax_notes, tax_of

_INVOICE, _CREDIT_NOTE = "380", "381"
_CREDIT_TRANSFER = "30"
# The scheme of electronic addresses that are e-mail addresses.
_EMAIL = "EM"
# A field with one of these is left out.
_NOTHING: tuple[Any, ...] = (None, "", [], {})
# What XML 1.0 cannot hold.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class EInvoiceError(ValueError):
    """EN 16931 cannot say what an invoice says; the message says why."""


def obstacle_of(invoice: Invoice) -> str | None:
    """Why an invoice cannot be an e-invoice; None where it can."""
    return next(_obstacles(invoice), None)


def _obstacles(invoice: Invoice) -> Iterator[str]:
    if invoice.number is None:
        yield "A draft is no e-invoice: it has no number yet."
    amounts = [invoice.money(net) for net in (invoice.net, *(line.net for line in invoice.lines))]
    amounts += [amount for one in _tax_groups(invoice) for amount in (one.net, one.tax)]
    if not all(map(in_two_decimals, [*amounts, *_merchant_tax(invoice)])):
        yield "E-invoices know amounts of two decimals at most."
    categories = {category(invoice.tax_treatment, line.tax_rate) for line in invoice.lines}
    if Category.OUTSIDE_SCOPE in categories and len(categories) > 1:
        yield "An e-invoice is outside the scope of the tax as a whole, or not at all."
    is_taxed = Category.OUTSIDE_SCOPE not in categories
    if is_taxed and not _seller_number(invoice):
        yield "An e-invoice with tax needs the seller's VAT number."
    if Category.REVERSE_CHARGE in categories and not _buyer_number(invoice):
        yield "An e-invoice with reverse charge needs the customer's VAT number."


def fields_of(invoice: Invoice) -> dict[str, Any]:
    """An invoice by EN 16931's ids. Raises `EInvoiceError` where it cannot be one."""
    if (obstacle := obstacle_of(invoice)) is not None:
        raise EInvoiceError(obstacle)
    sign = -1 if invoice.is_credit_note else 1
    fields = {
        "BT-1": invoice.number,
        "BT-2": invoice.issued_on,
        "BT-3": _CREDIT_NOTE if invoice.is_credit_note else _INVOICE,
        "BT-5": invoice.currency,
        "BT-7": invoice.tax_point,
        "BT-9": None if invoice.is_credit_note else invoice.due_on,
        # One of the two is always there: Peppol wants it so.
        "BT-10": None if invoice.purchase_order else invoice.buyer["id"],
        "BT-13": invoice.purchase_order,
        "BT-20": " ".join(payment_lines(invoice)),
        "BT-72": invoice.tax_point,
        # Each line's days lie within the invoice's.
        "BT-73": min(line.period_start for line in invoice.lines),
        "BT-74": max(line.period.last_day for line in invoice.lines),
        "BG-1": _notes(invoice),
        "BG-3": _corrected(invoice),
        "BG-4": _seller(invoice),
        "BG-7": _buyer(invoice),
        "BG-23": [_tax_fields(invoice, group, sign) for group in _tax_groups(invoice)],
        "BG-25": [line_fields(invoice, line, sign) for line in invoice.lines],
        **_bank(invoice),
        **_totals(invoice, sign),
    }
    return {key: _known(value) for key, value in fields.items() if value not in _NOTHING}


def _known(value: Any) -> Any:
    """Fields that have a value, in text that XML can hold."""
    if isinstance(value, dict):
        return {key: _known(one) for key, one in value.items() if one not in _NOTHING}
    if isinstance(value, list):
        return [_known(one) for one in value]
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value


def _notes(invoice: Invoice) -> list[dict[str, str]]:
    """One note: Peppol takes no more."""
    notes = [*([invoice.reason] if invoice.reason else []), *tax_notes(invoice)]
    return [{"BT-22": " ".join(notes)}] if notes else []


def _corrected(invoice: Invoice) -> list[dict[str, Any]]:
    corrected = invoice.corrects
    return [{"BT-25": corrected.number, "BT-26": corrected.issued_on}] if corrected else []


def _is_outside_scope(invoice: Invoice) -> bool:
    """Whether it names no tax, and then no party's VAT number either."""
    rates = {line.tax_rate for line in invoice.lines}
    return {category(invoice.tax_treatment, rate) for rate in rates} == {Category.OUTSIDE_SCOPE}


def _seller_number(invoice: Invoice) -> str | None:
    seller = invoice.seller.details
    return number_of(seller["vat_number"], seller["country"])


def _buyer_number(invoice: Invoice) -> str | None:
    return number_of(invoice.buyer["tax_id"])


def _seller(invoice: Invoice) -> dict[str, Any]:
    seller = invoice.seller.details
    number = None if _is_outside_scope(invoice) else _seller_number(invoice)
    return {
        "name": seller["legal_name"],
        "biz_name": seller["name"],
        "legal_info": seller["registration"],
        "vat_identifier": number,
        # It is known by something: without a VAT number, by its address for e-mail.
        "identifiers": None if number else {None: seller["email"]},
        "einvoicing_addr": seller["email"],
        "einvoicing_addr_schemeid": _EMAIL,
        "contacts": [{"name": seller["name"], "email": seller["email"]}],
        "addr_l1": seller["registered_office"],
        "country_code": seller["country"],
    }


def _buyer(invoice: Invoice) -> dict[str, Any]:
    buyer = invoice.buyer
    number = _buyer_number(invoice)
    return {
        "name": buyer["legal_name"],
        "identifiers": {None: buyer["id"]},
        "vat_identifier": None if _is_outside_scope(invoice) else number,
        "legal_identifier": None if number else buyer["tax_id"],
        "einvoicing_addr": buyer["billing_email"],
        "einvoicing_addr_schemeid": _EMAIL,
        "contacts": [{"name": buyer["contact_name"], "email": buyer["billing_email"]}],
        "addr_l1": buyer["line1"],
        "addr_l2": buyer["line2"],
        "city": buyer["town"],
        "postcode": buyer["postcode"],
        "country_code": buyer["country"],
    }


def _bank(invoice: Invoice) -> dict[str, Any]:
    """The account to pay into, where the seller names one."""
    seller = invoice.seller.details
    account = seller.get("iban") or seller.get("account_number")
    if not account or invoice.is_credit_note:
        return {}
    return {
        "BT-81": _CREDIT_TRANSFER,
        "BT-83": invoice.number,
        "BT-84": re.sub(r"\s", "", account),
        "BT-85": seller["legal_name"],
        "BT-86": seller.get("bic") if seller.get("iban") else seller.get("sort_code"),
    }


def _tax_groups(invoice: Invoice) -> tuple[TaxLine, ...]:
    """The tax by rates; without any, one group of all lines."""
    nothing = TaxLine(Decimal(0), invoice.money(invoice.net), invoice.money(0))
    return invoice.taxes or (nothing,)


def _tax_fields(invoice: Invoice, group: TaxLine, sign: int) -> dict[str, Any]:
    its = category(invoice.tax_treatment, group.rate if invoice.taxes else None)
    return {
        "BT-116": written(group.net, sign),
        "BT-117": written(group.tax, sign),
        "BT-118": its.code,
        "BT-119": plain(group.rate * 100) if its.has_rate else None,
        "BT-120": its.reason(tax_of(invoice)),
        "BT-121": its.reason_code,
        # The library writes the tax point of each of these.
        "BT-7": invoice.tax_point,
    }


def _merchant_tax(invoice: Invoice) -> tuple[Money, ...]:
    currency, minor = invoice.merchant_currency, invoice.merchant_tax
    if currency is None or minor is None or currency == invoice.currency:
        return ()
    return (Money(minor, currency),)


def _totals(invoice: Invoice, sign: int) -> dict[str, Any]:
    net, gross = (written(invoice.money(one), sign) for one in (invoice.net, invoice.gross))
    totals = {
        "BT-106": net,
        "BT-109": net,
        "BT-110": written(invoice.money(invoice.tax), sign),
        "BT-112": gross,
        "BT-115": gross,
    }
    for tax in _merchant_tax(invoice):
        totals |= {"BT-6": tax.currency, "BT-111": written(tax, sign)}
    return totals
