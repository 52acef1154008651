"""What an invoice's PDF says, all of it in words: typst only sets them.

It reads the invoice's row alone, and writes money, rates and days as the site does.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from pricingsite.integrations.e_invoice.vat import number_of
from pricingsite.models.invoices import Invoice, InvoiceLine
from pricingsite.pricing import Money, TaxTreatment, plain
from pricingsite.pricing.money import places_of
from pricingsite.services.invoices.words import (
    kind_name,
    payment_lines,
    tax_notes,
    tax_of,
    title_of,
)
from pricingsite.wording.countries import country_name
from pricingsite.wording.days import day, days
from pricingsite.wording.figures import money, percent, quantity, rate

_NOTHING = "\N{EN DASH}"
# Type sizes in points, and how many characters of figures fit at them: longer ones are smaller.
_SIZE, _FIGURES_IN_A_ROW = 9.5, 56
_LEAD_SIZE, _FIGURES_IN_THE_LEAD = 26, 28


def sheet_of(invoice: Invoice) -> dict[str, Any]:
    """The words of an invoice, credit note or draft, as JSON can hold them."""
    seller = invoice.seller.details
    days_differ = _days_differ(invoice)
    has_fees = any(line.flat_fee for line in invoice.lines)
    has_tax = bool(invoice.taxes)
    lines = list(_lines(invoice, days_differ=days_differ, has_fees=has_fees, has_tax=has_tax))
    return {
        "language": invoice.language.partition("-")[0],
        "title": title_of(invoice),
        "author": seller["legal_name"],
        "brand": seller["name"],
        "notice": _notice(invoice),
        "lead": _lead(invoice),
        "parties": [_seller(invoice), _buyer(invoice)],
        "facts": [{"name": name, "value": value} for name, value in _facts(invoice)],
        "reason": {"name": "Reason:", "value": invoice.reason} if invoice.reason else None,
        "charges": _charges(invoice, days_differ=days_differ),
        "columns": [
            "Item",
            "Quantity",
            "Unit price",
            *(["Flat fee"] if has_fees else []),
            *([tax_of(invoice).name] if has_tax else []),
            f"Amount {tax_of(invoice).excluded}" if has_tax else "Amount",
        ],
        "lines": lines,
        "size": _fitting(_SIZE, _FIGURES_IN_A_ROW, _width(line["figures"] for line in lines)),
        "carried": "Carried forward",
        "totals": list(_totals(invoice)),
        "notes": tax_notes(invoice),
        "payment": _payment(invoice),
        "attached": f"This PDF holds the {kind_name(invoice).lower()} as XML too, for programs"
        " (Factur-X, EN 16931)",
        "footer": _footer(invoice),
    }


def _notice(invoice: Invoice) -> str | None:
    if invoice.number is not None:
        return None
    if invoice.voided_at is not None:
        return "This draft was voided. It is not an invoice, and nothing is to be paid."
    return "This is a draft. It is not an invoice, and its figures can still change."


def _lead(invoice: Invoice) -> dict[str, str | float | None]:
    """The sum, and what is to be done about it."""
    note = "Nothing is to be paid yet."
    if invoice.is_credit_note or invoice.gross <= 0:
        note = "You do not need to pay anything."
    elif invoice.due_on is not None:
        note = f"Payment is due by {day(invoice.due_on)}."
    amount = money(invoice.money(invoice.gross))
    return {
        "amount": amount,
        "size": _fitting(_LEAD_SIZE, _FIGURES_IN_THE_LEAD, len(amount)),
        "tax": tax_of(invoice).included if invoice.tax else None,
        "note": note,
    }


def _seller(invoice: Invoice) -> dict[str, Any]:
    seller = invoice.seller.details
    number = f"{tax_of(invoice).number} {seller['vat_number']}" if seller["vat_number"] else None
    lines = [seller["registered_office"], seller["email"], number]
    return {"heading": "From", "name": seller["legal_name"], "lines": _known(lines)}


def _buyer(invoice: Invoice) -> dict[str, Any]:
    buyer = invoice.buyer
    town = " ".join(_known([buyer["town"], buyer["postcode"]]))
    kind = tax_of(invoice).number if number_of(buyer["tax_id"]) else "Tax number"
    number = f"{kind} {buyer['tax_id']}" if buyer["tax_id"] else None
    lines = [
        buyer["contact_name"],
        buyer["line1"],
        buyer["line2"],
        town,
        country_name(buyer["country"]),
        number,
    ]
    return {"heading": "To", "name": buyer["legal_name"], "lines": _known(lines)}


def _known(texts: Iterable[str | None]) -> list[str]:
    return [text for text in texts if text]


def _facts(invoice: Invoice) -> Iterable[tuple[str, str]]:
    if invoice.number is not None:
        yield "Number", invoice.number
    if invoice.issued_on is not None:
        yield "Issued on", day(invoice.issued_on)
    yield "Tax point", day(invoice.tax_point)
    if invoice.due_on is not None and not invoice.is_credit_note:
        yield "Payment due", day(invoice.due_on)
    if invoice.corrects is not None and invoice.corrects.issued_on is not None:
        yield "Corrects", f"{invoice.corrects.number} of {day(invoice.corrects.issued_on)}"
    if _days_differ(invoice):
        yield "Period", days(invoice.period.start, invoice.period.last_day)
    if invoice.purchase_order:
        yield "Purchase order", invoice.purchase_order
    yield "Customer", invoice.buyer["id"]


def _days_differ(invoice: Invoice) -> bool:
    """Whether some lines are for other days than the whole."""
    return any(line.period != invoice.period for line in invoice.lines)


def _charges(invoice: Invoice, *, days_differ: bool) -> str:
    what = "Credit" if invoice.is_credit_note else "Charges"
    if days_differ:
        return what
    return f"{what} for {days(invoice.period.start, invoice.period.last_day)}"


def _lines(
    invoice: Invoice, *, days_differ: bool, has_fees: bool, has_tax: bool
) -> Iterable[dict[str, Any]]:
    """Each line: its figures stand under their column's, `running` is the sum so far."""
    running = Money.zero(invoice.currency)
    rates = _finest(line.unit_price for line in invoice.lines)
    quantities = _finest(line.quantity for line in invoice.lines)
    fees = _finest(line.flat_fee for line in invoice.lines if line.flat_fee)
    for line in invoice.lines:
        net = invoice.money(line.net)
        running += net
        fee = rate(line.flat_fee, invoice.currency, fees) if line.flat_fee else _NOTHING
        yield {
            "description": line.description,
            "detail": _detail(line, days_differ=days_differ),
            "figures": [
                quantity(line.quantity, quantities),
                rate(line.unit_price, invoice.currency, rates),
                *([fee] if has_fees else []),
                *([_rate(invoice, line.tax_rate)] if has_tax else []),
                money(net),
            ],
            "running": money(running),
        }


def _rate(invoice: Invoice, its: Decimal | None) -> str:
    if its is None or _is_outside_scope(invoice, its):
        return _NOTHING
    return percent(its)


def _is_outside_scope(invoice: Invoice, its: Decimal) -> bool:
    return invoice.tax_treatment is TaxTreatment.OUTSIDE_SCOPE and its == 0


def _width(rows: Iterable[Sequence[str]]) -> int:
    """How many characters the columns of figures are wide together."""
    return sum(max(map(len, column)) for column in zip(*rows, strict=True))


def _fitting(size: float, at_most: int, characters: int) -> float:
    """A type size at which so many characters fit into a row that takes `at_most` at `size`."""
    return size * min(1, at_most / max(characters, 1))


def _finest(values: Iterable[Decimal]) -> list[Decimal]:
    """The value of a column that has the most decimals, which the others make room for."""
    return [max(values, key=places_of, default=Decimal(0))]


def _detail(line: InvoiceLine, *, days_differ: bool) -> str | None:
    """The days that a line is for, where they are not those of all, and the part of a period."""
    of_days = days(line.period.start, line.period.last_day) if days_differ else None
    part = line.proration
    of_part = f"{part.days_used} of {part.days_in_period} days" if part else None
    return ", ".join(_known([of_days, of_part])) or None


def _totals(invoice: Invoice) -> Iterable[dict[str, Any]]:
    tax = tax_of(invoice)
    gross = money(invoice.money(invoice.gross))
    if not invoice.taxes:
        yield {"name": "Total", "amount": gross, "grand": True}
        return
    net = money(invoice.money(invoice.net))
    yield {"name": f"Total {tax.excluded}", "amount": net, "grand": False}
    for one in invoice.taxes:
        is_outside = _is_outside_scope(invoice, one.rate)
        of = f"Outside the scope of {tax.name}" if is_outside else tax.at(percent(one.rate))
        name = f"{of}, on {money(one.net)}"
        yield {"name": name, "amount": money(one.tax), "grand": False}
    yield {"name": f"Total {tax.included}", "amount": gross, "grand": True}
    if invoice.merchant_currency and invoice.merchant_tax is not None:
        own = invoice.merchant_currency
        name = f"{tax.name} in {own}"
        if invoice.exchange_rate is not None:
            name += f" at {plain(invoice.exchange_rate)} {own} for 1 {invoice.currency}"
        yield {"name": name, "amount": money(Money(invoice.merchant_tax, own)), "grand": False}


def _payment(invoice: Invoice) -> dict[str, Any] | None:
    lines = payment_lines(invoice)
    if not lines:
        return None
    if invoice.is_credit_note:
        return {"heading": "How this credit is used", "lines": lines}
    due = f" Payment is due by {day(invoice.due_on)}." if invoice.due_on else ""
    return {"heading": "How to pay", "lines": [*lines, f"Reference: {invoice.number}.{due}"]}


def _footer(invoice: Invoice) -> str:
    seller = invoice.seller.details
    return " · ".join(_known([title_of(invoice), seller["legal_name"], seller["registration"]]))
