"""Usage that changed after its period was billed: what that period comes to now, and what it did.

A change is the difference of two totals: the period's rounded lines as they are now, its discount
and minimum with them, minus all lines ever billed for them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind, InvoiceLine
from pricingsite.pricing import LineKind, Money, Period, TaxTreatment
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing_run.agreements import Due
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.invoices.new_invoices import NewLine, hull
from pricingsite.services.usage.quantities import CustomerUsage

# A price's id, or None for discounts and minimums: they change together.
_Group = str | None


@dataclass(slots=True)
class Change:
    """What has changed of what fell due on a day: lines that add up to the difference.

    `invoice` is that day's, if it had one, `treatment` how it was taxed.
    """

    billed_on: date
    lines: list[NewLine]
    invoice: Invoice | None
    treatment: TaxTreatment

    @property
    def net(self) -> int:
        """The difference in minor units; negative where too much was billed."""
        return sum(line.net for line in self.lines)

    def is_too_late(self, changed_on: date, late_days: int) -> bool:
        """Whether what was added on a day came too late to be billed."""
        billed = self.invoice.issued_on if self.invoice and self.invoice.issued_on else None
        return changed_on > (billed or self.billed_on) + timedelta(days=late_days)


def changes(
    session: Session,
    desk: Desk,
    schedule: BilledSchedule,
    customer: Customer,
    *,
    since: date,
    before: date | None,
) -> list[Change]:
    """What has changed since a day of what fell due before another, and was billed."""
    due = dict(_billed_days(schedule, since, before))
    if not due:
        return []
    invoices = _invoices(session, schedule.id, due)
    billed = _ever_billed(session, schedule.id, due)
    usage = CustomerUsage(session, schedule.customer_id)
    usage.read(wanted for found in due.values() for wanted in found.usage)
    sequences = _sequences(session, schedule.id)
    found = []
    for day, what in due.items():
        invoice = invoices.get(day)
        if invoice is not None and invoice.number is None and invoice.voided_at is None:
            continue  # An open draft is made again before it is issued.
        treatment, rate = _tax(desk, customer, invoice, day)
        quantities = [
            usage.quantity(metric, service.period) if metric else None
            for service, metric in what.services
        ]
        bill = desk.bill(schedule.agreement, what, quantities, rate=rate, billed_on=day)
        lines = _changed_lines(desk.lines(bill, day), what, billed[day], schedule, rate)
        if sum(line.net for line in lines):
            _number(lines, sequences)
            found.append(Change(day, lines, invoice, treatment))
    return found


def _billed_days(
    schedule: BilledSchedule, since: date, before: date | None
) -> Iterator[tuple[date, Due]]:
    """The days before another on which usage since a day fell due."""
    day = schedule.agreement.next_due(since + timedelta(days=1))
    while day is not None and (before is None or day < before):
        due = schedule.agreement.due_on(day)
        if any(period.end > since for _, period in due.usage):
            yield day, due
        day = schedule.agreement.next_due(day + timedelta(days=1))


def _invoices(session: Session, schedule_id: str, days: Mapping[date, Due]) -> dict[date, Invoice]:
    """The invoice of each day: the one that replaced the others, where there are some."""
    rows = session.scalars(
        select(Invoice)
        .where(
            Invoice.schedule_id == schedule_id,
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.billed_on.in_(days),
        )
        .order_by(Invoice.revision)
        .options(selectinload(Invoice.lines))
    )
    return {invoice.billed_on: invoice for invoice in rows}


def _ever_billed(
    session: Session, schedule_id: str, days: Mapping[date, Due]
) -> dict[date, dict[_Group, int]]:
    """What was ever billed of each day and group; what goodwill gave back was billed all the same.

    A draft that was voided counts, as its period is not billed again.
    """
    stays = or_(Invoice.number.is_not(None), Invoice.voided_at.is_not(None))
    counts = or_(Invoice.cause.is_(None), Invoice.cause != CreditCause.GOODWILL)
    rows = session.execute(
        select(InvoiceLine.billed_on, InvoiceLine.price_id, func.sum(InvoiceLine.net))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.schedule_id == schedule_id, InvoiceLine.billed_on.in_(days), stays, counts
        )
        .group_by(InvoiceLine.billed_on, InvoiceLine.price_id)
    )
    found: dict[date, dict[_Group, int]] = {day: {} for day in days}
    for day, price_id, net in rows:
        found[day][price_id] = int(net)
    return found


def _tax(
    desk: Desk, customer: Customer, invoice: Invoice | None, day: date
) -> tuple[TaxTreatment, Decimal | None]:
    """How a day was taxed, and at which rate; without an invoice, as it would be now."""
    if invoice is not None:
        own = (line.tax_rate for line in invoice.lines if line.billed_on == day)
        return invoice.tax_treatment, next(own, None)
    treatment = tax_treatment(desk.merchant, customer)
    return treatment, tax_rate(desk.seller.rates, treatment, day)


def _changed_lines(
    now: Sequence[NewLine],
    due: Due,
    billed: Mapping[_Group, int],
    schedule: BilledSchedule,
    rate: Decimal | None,
) -> list[NewLine]:
    """Of each group that has changed: its lines now, and what was billed before."""
    found: list[NewLine] = []
    for group, (name, period) in _groups(due).items():
        lines, before = [line for line in now if line.price_id == group], billed.get(group, 0)
        if sum(line.net for line in lines) == before:
            continue
        for line in lines:
            line.kind = LineKind.ADJUSTMENT
        found += [line for line in lines if line.net]
        if before:
            found.append(_before(before, group, name, period, schedule, rate, now[0].billed_on))
    return found


def _groups(due: Due) -> dict[_Group, tuple[str, Period]]:
    """What usage may change: each usage price, and the terms of the bill, with their days."""
    periods: dict[_Group, list[Period]] = defaultdict(list)
    names: dict[_Group, str] = {None: "Discount and minimum"}
    for service, metric in due.services:
        periods[None].append(service.period)
        if metric:
            names[service.price.id] = service.price.name
            periods[service.price.id].append(service.period)
    # The terms come last, as on every bill.
    ordered = [*(group for group in periods if group is not None), None]
    return {group: (names[group], hull(periods[group])) for group in ordered}


def _before(
    net: int,
    group: _Group,
    name: str,
    period: Period,
    schedule: BilledSchedule,
    rate: Decimal | None,
    billed_on: date,
) -> NewLine:
    """The line that takes out what was billed before."""
    return NewLine(
        billed_on=billed_on,
        kind=LineKind.ADJUSTMENT,
        price_id=group,
        sequence=0,
        period=period,
        description=f"{name}: billed before",
        quantity=Decimal(-1 if net > 0 else 1),
        unit=None,
        unit_price=Money(abs(net), schedule.agreement.currency).amount,
        tax_rate=rate,
        net=-net,
    )


_Sequences = dict[tuple[_Group, date], int]


def _sequences(session: Session, schedule_id: str) -> _Sequences:
    """The last sequence of each price's adjustments that is taken."""
    rows = session.execute(
        select(InvoiceLine.price_id, InvoiceLine.period_start, func.max(InvoiceLine.sequence))
        .where(InvoiceLine.schedule_id == schedule_id, InvoiceLine.kind == LineKind.ADJUSTMENT)
        .group_by(InvoiceLine.price_id, InvoiceLine.period_start)
    )
    return {(price_id, start): last for price_id, start, last in rows}


def _number(lines: Sequence[NewLine], sequences: _Sequences) -> None:
    """Give adjustments the next sequences of their price and days."""
    for line in lines:
        key = (line.price_id, line.period.start)
        line.sequence = sequences[key] = sequences.get(key, -1) + 1
