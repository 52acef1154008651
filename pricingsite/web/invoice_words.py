"""The template filters of invoices: what they are called, who is on them, what they come to."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from flask import Flask

from pricingsite.models.invoices import CreditCause, Invoice, InvoiceLine
from pricingsite.pricing import LineKind, Money
from pricingsite.pricing.money import places_of
from pricingsite.services.balances.standing import Standing
from pricingsite.services.invoices.history import Entry
from pricingsite.services.invoices.words import tax_notes, tax_of, title_of
from pricingsite.wording.countries import country_name
from pricingsite.wording.invoices import settlement_words, status_words

_ADDRESS = ("line1", "line2", "town", "postcode")


def known_as(invoice: Invoice) -> str:
    """What names it in addresses: its number; of a draft the id."""
    return invoice.number or str(invoice.id)


def status(standing: Standing, invoice: Invoice) -> str:
    """Where it stands: `To pay`, `Overdue`, `Paid`."""
    return status_words(
        standing.status, overdue=standing.overdue, is_credit_note=invoice.is_credit_note
    )


def tone(standing: Standing) -> str:
    """The colour of its status; nothing for what needs no action."""
    return "alert" if standing.overdue else "good" if standing.status == "paid" else ""


def address(buyer: dict[str, Any]) -> list[str]:
    """The lines of a buyer's address, the country by its name."""
    lines = [str(buyer[name]) for name in _ADDRESS if buyer.get(name)]
    country = buyer.get("country")
    return [*lines, country_name(country)] if country else lines


def minor(amount: int, invoice: Invoice) -> Money:
    """An amount of an invoice, which keeps it in whole minor units."""
    return invoice.money(amount)


def merchant_tax(invoice: Invoice) -> Money | None:
    """Its tax in the merchant's currency, where that is another."""
    if invoice.merchant_currency is None or invoice.merchant_tax is None:
        return None
    return Money(invoice.merchant_tax, invoice.merchant_currency)


def is_explained(line: InvoiceLine, invoice: Invoice) -> bool:
    """Whether days of usage made it: a usage line, or one that adjusts such a line later."""
    if line.kind is LineKind.USAGE:
        return True
    was_usage = line.kind is LineKind.ADJUSTMENT and line.unit is not None
    return was_usage and invoice.cause is not CreditCause.GOODWILL


def entry_words(entry: Entry) -> str:
    """What changed a balance: `Payment received`; `Credit from`, before the other's number."""
    return settlement_words(entry.kind, to=entry.given, of=entry.other is not None)


def finest(column: Iterable[Decimal]) -> list[Decimal]:
    """Of a column's numbers the one with the most decimals, which the others are aligned to."""
    found = max(column, key=places_of, default=None)
    return [] if found is None else [found]


_FILTERS: dict[str, Callable[..., object]] = {
    "invoice_title": title_of,
    "invoice_status": status,
    "invoice_tone": tone,
    "known_as": known_as,
    "address": address,
    "minor": minor,
    "merchant_tax": merchant_tax,
    "tax_notes": tax_notes,
    "tax_of": tax_of,
    "is_explained": is_explained,
    "entry_words": entry_words,
    "finest": finest,
}


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    for name, function in _FILTERS.items():
        app.add_template_filter(function, name)
