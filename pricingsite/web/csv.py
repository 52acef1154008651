"""Files of comma-separated values, as customers download them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

from pricingsite.models.invoices import Invoice
from pricingsite.pricing import plain
from pricingsite.services.balances.accounting import Booking
from pricingsite.services.balances.settlements import OwnSettlement
from pricingsite.services.balances.standing import Standing
from pricingsite.services.balances.statement import Statement
from pricingsite.services.estimates.usage_by_day import UsageHistory
from pricingsite.web.merchant import current_tax

_LIST = (
    "number",
    "kind",
    "status",
    "overdue",
    "issued_on",
    "due_on",
    "period_start",
    "period_end",
    "currency",
    "net",
    "tax",
    "gross",
    "paid",
    "balance",
    "corrects",
)
_LINES = (
    "number",
    "line",
    "kind",
    "description",
    "period_start",
    "period_end",
    "quantity",
    "unit",
    "unit_price",
    "flat_fee",
    "tax_rate",
    "currency",
    "net",
)
_STATEMENT = ("date", "entry", "number", "note", "currency", "amount", "balance")
_SETTLEMENTS = ("date", "kind", "number", "currency", "amount", "from", "reference", "reason")
_DAYS = ("metric", "day", "events", "total", "maximum", "latest")
_BOOKINGS = (
    "date",
    "entry",
    "number",
    "customer_id",
    "customer",
    "country",
    "tax_id",
    "currency",
    "tax_treatment",
    "tax_rate",
    "net",
    "tax",
    "gross",
    "amount",
    "merchant_currency",
    "merchant_tax",
    "tax_point",
    "due_on",
    "refers_to",
    "reference",
    "reason",
)


def usage_csv(history: UsageHistory) -> str:
    """Usage by day: a line a day and price, after one of what the price costs unused.

    A day without data has no quantity, which is not zero. Where a metric has a name of its own, it
    is the last column.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    cost = f"cost {history.bill.currency} excl {current_tax().name}".lower().replace(" ", "_")
    has_names = any(table.unit.name for table in history.tables)
    columns = ["day", "price", "unit", "events", "quantity", "cumulative", cost]
    lines.writerow([*columns, *(["metric"] if has_names else [])])
    for table in history.tables:
        metric = [_plain(table.unit.title)] if has_names else []
        names = [_plain(table.price_name), _plain(table.unit.singular)]
        lines.writerow([table.period.start, *names, "", "", "0", table.base, *metric])
        for one in table.days:
            quantity = "" if one.quantity is None else f"{one.quantity:f}"
            whose = [one.day, *names]
            figures = [one.event_count, quantity, f"{one.cumulative:f}", one.net]
            lines.writerow([*whose, *figures, *metric])
    return text.getvalue()


def invoices_csv(invoices: Sequence[Invoice], standings: Mapping[int, Standing]) -> str:
    """Invoices, credit notes and drafts, a line each; a period's end is the day after its last."""
    return _written(_LIST, (_summary(one, standings[one.id]) for one in invoices))


def _summary(invoice: Invoice, standing: Standing) -> Iterable[Any]:
    yield from (invoice.number or invoice.id, invoice.kind, standing.status)
    yield "yes" if standing.overdue else "no"
    yield from (invoice.issued_on, invoice.due_on, invoice.period_start, invoice.period_end)
    yield invoice.currency
    yield from map(invoice.money, (invoice.net, invoice.tax, invoice.gross))
    yield from (standing.paid, standing.balance)
    yield invoice.corrects.number if invoice.corrects else None


def invoice_csv(invoice: Invoice) -> str:
    """The lines of an invoice."""
    lines = (
        (
            invoice.number or invoice.id,
            number,
            line.kind,
            _plain(line.description),
            line.period_start,
            line.period_end,
            plain(line.quantity),
            line.unit and _plain(line.unit),
            plain(line.unit_price),
            None if line.flat_fee is None else plain(line.flat_fee),
            None if line.tax_rate is None else plain(line.tax_rate),
            invoice.currency,
            invoice.money(line.net),
        )
        for number, line in enumerate(invoice.lines, 1)
    )
    return _written(_LINES, lines)


def statements_csv(statements: Sequence[Statement]) -> str:
    """Statements of account, one after another: the opening balance, the entries, the closing."""
    return _written(_STATEMENT, (row for one in statements for row in _account(one)))


def _account(of: Statement) -> Iterable[Iterable[Any]]:
    first, last = of.period.start, of.period.last_day
    yield first, "opening_balance", None, None, of.currency, None, of.opening
    for one in of.entries:
        yield (
            one.on,
            one.kind,
            one.number,
            one.note and _plain(one.note),
            of.currency,
            one.amount,
            one.balance,
        )
    yield last, "closing_balance", None, None, of.currency, None, of.closing


def settlements_csv(settlements: Iterable[OwnSettlement]) -> str:
    """Payments, refunds, credits and write-offs, a line each."""
    return _written(_SETTLEMENTS, map(_settlement, settlements))


def _settlement(of: OwnSettlement) -> Iterable[Any]:
    yield from (of.row.settled_on, of.row.kind, of.number, of.amount.currency, of.amount, of.source)
    yield from (text and _plain(text) for text in (of.row.reference, of.row.reason))


def usage_days_csv(pages: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Rollups by metric and day, a piece for each page of them after the head."""
    yield _written(_DAYS, ())
    for days in pages:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(map(_day, days))
        yield text.getvalue()


def _day(of: Any) -> Iterable[Any]:
    yield from (_plain(of.metric_id), of.day, of.event_count, plain(of.total))
    yield from ("" if one is None else plain(one) for one in (of.maximum, of.latest))


def write_bookings(file: IO[str], bookings: Iterable[Booking]) -> None:
    """Write what an accountant books as it comes, a line each."""
    _write(file, _BOOKINGS, map(_booking, bookings))


def _booking(of: Booking) -> Iterable[Any]:
    document, buyer = of.document, of.document.buyer
    yield from (of.on, of.entry, document.number, document.customer_id)
    yield from (_plain(buyer.get(name) or "") for name in ("legal_name", "country", "tax_id"))
    yield from (document.currency, document.tax_treatment)
    yield None if of.tax_rate is None else plain(of.tax_rate)
    yield from (of.net, of.tax, of.gross, of.amount)
    yield from (of.merchant_tax and of.merchant_tax.currency, of.merchant_tax)
    yield from (document.tax_point, document.due_on, of.refers_to)
    yield from (text and _plain(text) for text in (of.reference, of.reason))


def _written(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    _write(text, columns, rows)
    return text.getvalue()


def _write(file: IO[str], columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    lines = csv.writer(file, lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _plain(text: str) -> str:
    """Text that a spreadsheet does not run: one that begins like a formula is marked as text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
