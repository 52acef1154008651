"""An invoice to read in a terminal."""

from collections.abc import Iterator

from pricingsite.models.invoices import Invoice, InvoiceLine
from pricingsite.services.balances.standing import Standing
from pricingsite.services.invoices.history import Entry, History
from pricingsite.services.invoices.words import title_of
from pricingsite.wording.days import day, days, period_name
from pricingsite.wording.figures import money, percent, quantity, rate
from pricingsite.wording.invoices import settlement_words, status_words


def sheet(of: Invoice, standing: Standing, history: History) -> Iterator[str]:
    """Its lines: what it is, what it bills, what it comes to, what settled it."""
    yield _title(of, standing)
    yield from (f"{name}\t{value}" for name, value in _facts(of) if value)
    yield ""
    yield from (_line(of, place, line) for place, line in enumerate(of.lines, 1))
    yield ""
    yield from _totals(of)
    yield from map(_entry, history.entries)
    if history.entries:
        yield f"Balance\t{money(standing.balance)}"
    yield from (f"Credited by\t{note.number}" for note in history.corrections)
    if history.replaced_by:
        yield f"Replaced by\t{history.replaced_by.number or history.replaced_by.id}"


def _title(of: Invoice, standing: Standing) -> str:
    title = title_of(of) if of.number else f"Draft {of.id}"
    status = status_words(
        standing.status, overdue=standing.overdue, is_credit_note=of.is_credit_note
    )
    return f"{title}: {'held' if of.held_at and not of.number else status.lower()}"


def _facts(of: Invoice) -> Iterator[tuple[str, str | None]]:
    yield "Customer", f"{of.buyer['legal_name']} ({of.customer_id})"
    yield "Tax id", of.buyer.get("tax_id")
    yield "Period", period_name(of.period)
    yield "Tax point", day(of.tax_point)
    yield "Issued", day(of.issued_on) if of.issued_on else None
    yield "Due", day(of.due_on) if of.due_on and not of.is_credit_note else None
    yield "Purchase order", of.purchase_order
    yield "Corrects", of.corrects.number if of.corrects else None
    yield "Reason", of.reason


def _line(of: Invoice, place: int, line: InvoiceLine) -> str:
    units = f"{quantity(line.quantity)} at {rate(line.unit_price, of.currency)}"
    fee = f" + {rate(line.flat_fee, of.currency)}" if line.flat_fee else ""
    covered = days(line.period_start, line.period.last_day)
    return "\t".join(
        (str(place), line.description, covered, units + fee, money(of.money(line.net)))
    )


def _totals(of: Invoice) -> Iterator[str]:
    tax_name = of.seller.details.get("tax_name") or "VAT"
    yield f"Net\t{money(of.money(of.net))}"
    for one in of.taxes:
        yield f"{tax_name} {percent(one.rate)} of {money(one.net)}\t{money(one.tax)}"
    yield f"Gross\t{money(of.money(of.gross))}"


def _entry(entry: Entry) -> str:
    words = settlement_words(entry.kind, to=entry.given, of=entry.other is not None)
    about = [entry.other, entry.reference, entry.reason]
    return "\t".join([" ".join([day(entry.on), words, *filter(None, about)]), money(entry.amount)])
