"""Usage that changed after its period was billed: lines that bill it, or credit it.

A change is the difference of two totals: the period's rounded lines as they are now, its discount
and minimum with them, minus all lines ever billed for them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.pricing import LineKind, Money, Period, TaxTreatment
from pricingsite.services.billing_run.agreements import Due
from pricingsite.services.billing_run.comparing import Comparison, Group, compare
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.invoices.new_invoices import NewLine, hull
from pricingsite.services.invoices.numbering import adjustment_sequences


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
        own = self.invoice and self.invoice.billed_on == self.billed_on
        billed = self.invoice.issued_on if self.invoice and own else None
        return changed_on > (billed or self.billed_on) + timedelta(days=late_days)


def changes(
    session: Session,
    desk: Desk,
    schedule: BilledSchedule,
    customer: Customer,
    *,
    since: date,
    before: date,
) -> list[Change]:
    """What has changed since a day of what fell due before another, and was billed."""
    days = list(_billed_days(schedule, since, before))
    if not days:
        return []
    sequences = adjustment_sequences(session, schedule.id)
    found = []
    for one in compare(session, desk, schedule, customer, days):
        lines = [] if one.is_draft else _changed_lines(one, schedule.agreement.currency)
        if sum(line.net for line in lines):
            _number(lines, sequences)
            found.append(Change(one.billed_on, lines, one.invoice, one.treatment))
    return found


def _billed_days(schedule: BilledSchedule, since: date, before: date) -> Iterator[date]:
    """The days before another on which usage since a day fell due."""
    day = schedule.agreement.next_due(since + timedelta(days=1))
    while day is not None and day < before:
        if any(period.end > since for _, period in schedule.agreement.due_on(day).usage):
            yield day
        day = schedule.agreement.next_due(day + timedelta(days=1))


def _changed_lines(one: Comparison, currency: str) -> list[NewLine]:
    """Of each group that usage has changed: its lines now, and what was billed before."""
    found: list[NewLine] = []
    differences = one.differences
    for group, (name, period) in _groups(one.due).items():
        if group not in differences:
            continue
        lines = [line for line in one.lines if line.price_id == group and line.net]
        for line in lines:
            line.kind = LineKind.ADJUSTMENT
        found += lines
        if before := one.billed.get(group, 0):
            found.append(_before(one, group, name, period, Money(before, currency)))
    return found


def _groups(due: Due) -> dict[Group, tuple[str, Period]]:
    """What usage may change: each usage price, and the terms of the bill, with their days."""
    periods: dict[Group, list[Period]] = defaultdict(list)
    names: dict[Group, str] = {None: "Discount and minimum"}
    for service, metric in due.services:
        periods[None].append(service.period)
        if metric:
            names[service.price.id] = service.price.name
            periods[service.price.id].append(service.period)
    # The terms come last, as on every bill.
    ordered = [*(group for group in periods if group is not None), None]
    return {group: (names[group], hull(periods[group])) for group in ordered}


def _before(one: Comparison, group: Group, name: str, period: Period, billed: Money) -> NewLine:
    """The line that takes out what was billed before."""
    return NewLine(
        billed_on=one.billed_on,
        kind=LineKind.ADJUSTMENT,
        price_id=group,
        sequence=0,
        period=period,
        description=f"{name}: billed before",
        # No price is negative.
        quantity=Decimal(-1 if billed.minor > 0 else 1),
        unit=None,
        unit_price=abs(billed).amount,
        tax_rate=one.rate,
        net=-billed.minor,
    )


def _number(lines: Sequence[NewLine], sequences: dict[tuple[Group, date], int]) -> None:
    """Give adjustments the next sequences of their price and days."""
    for line in lines:
        key = (line.price_id, line.period.start)
        line.sequence = sequences[key] = sequences.get(key, -1) + 1
