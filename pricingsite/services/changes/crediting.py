"""What was paid in advance for days that a change takes out: a part of what was invoiced.

The base is what was invoiced, line by line, with its share of the discount; what was credited of it
since is not given back again. Amounts are whole minor units.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.changes import ScheduleChange
from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import LineKind, Money, Period
from pricingsite.services.balances.credit_notes import creditable
from pricingsite.services.changes.agreed_ends import BilledDays, stays
from pricingsite.services.changes.drafts import ScheduleDraft
from pricingsite.services.changes.given_up_lines import lines_given_up
from pricingsite.services.invoices.change_lines import as_billed, read_change_lines
from pricingsite.services.invoices.new_invoices import NewLine
from pricingsite.services.schedules.reading import terms_of
from pricingsite.wording.bills import unused_description

# Whether the discount of a line's first day is of what the line charges for.
_Discounted = Callable[[InvoiceLine], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOff:
    """What is taken off a bill, as it was paid in advance for the days of a period.

    `net` is above 0.
    """

    price_id: str
    period: Period
    description: str
    tax_rate: Decimal | None
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedCharge(TakenOff):
    """What of an invoice's line, its `place` from 1, was paid for days that are not used."""

    invoice: Invoice
    place: int


def taken_off_before(
    session: Session, schedule: BillingSchedule, pending: ScheduleChange | None
) -> Mapping[date, Sequence[TakenOff]]:
    """What earlier changes take off the bill of each day, as it would be without the `pending`."""
    found: dict[date, list[TakenOff]] = defaultdict(list)
    for (_, day), lines in read_change_lines(session, [schedule.id]).items():
        if pending is None or day < pending.starts_on:
            found[day] += (_taken(line, schedule.currency) for line in lines)
    kept = pending.before.get("lines", ()) if pending else ()
    for line in lines_given_up(schedule.id, kept):
        if line.invoice_id is None:
            found[line.due_on].append(_taken(as_billed(line, schedule.currency), schedule.currency))
    return found


def _taken(line: NewLine, currency: str) -> TakenOff:
    return TakenOff(
        price_id=line.price_id or "",
        period=line.period,
        description=line.description,
        tax_rate=line.tax_rate,
        net=Money(-line.net, currency),
    )


def taken_off_beside(
    taken_off: Mapping[date, Sequence[TakenOff]], after: ScheduleDraft, on: date, *, today: date
) -> Mapping[date, Sequence[TakenOff]]:
    """What earlier changes take off; of those to come, what a change of a day leaves."""
    found = {
        day: [one for one in lines if day < on or stays(after, one.price_id, day, on)]
        for day, lines in taken_off.items()
        if day > today
    }
    past = {day: lines for day, lines in taken_off.items() if day <= today}
    return past | {day: lines for day, lines in found.items() if lines}


def billed_in_advance(
    session: Session, schedule_id: str, since: Mapping[str, date], day: date
) -> Mapping[str, BilledDays]:
    """The days for which each price was invoiced, of those that were for days from a day on.

    `since` has the prices by id, each with the day from which it has been there.
    """
    found: dict[str, list[InvoiceLine]] = defaultdict(list)
    for invoice in _invoices(session, schedule_id, since, day):
        for line in _lines_of(invoice, since, day):
            found[line.price_id or ""].append(line)
    return {
        key: BilledDays(
            frozenset(line.period_start for line in own), max(line.period_end for line in own)
        )
        for key, own in found.items()
    }


def unused_charges(
    session: Session, schedule: BillingSchedule, since: Mapping[str, date], day: date
) -> tuple[UnusedCharge, ...]:
    """What was invoiced of prices for days from a day on; of each, `since` it has been there.

    What earlier changes have taken back already is taken off the latest of it.
    """
    discounted = _discounted_by(schedule)
    found = [
        one
        for invoice in _invoices(session, schedule.id, since, day)
        for one in _unused(session, invoice, _lines_of(invoice, since, day), day, discounted)
    ]
    taken: dict[str, int] = defaultdict(int)
    for one in found:
        taken[one.price_id] += max(-one.net.minor, 0)
    rest: list[UnusedCharge] = []
    for one in reversed(found):
        less = min(taken[one.price_id], max(one.net.minor, 0))
        taken[one.price_id] -= less
        net = one.net - Money(less, one.net.currency)
        if net.minor > 0:
            rest.append(replace(one, net=net))
    return tuple(reversed(rest))


def _invoices(
    session: Session, schedule_id: str, price_ids: Collection[str], day: date
) -> Iterable[Invoice]:
    if not price_ids:
        return ()
    lines = select(InvoiceLine.invoice_id).where(
        InvoiceLine.schedule_id == schedule_id,
        InvoiceLine.price_id.in_(price_ids),
        InvoiceLine.period_end > day,
    )
    return session.scalars(
        select(Invoice)
        .where(
            Invoice.id.in_(lines),
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.number.is_not(None),
        )
        .order_by(Invoice.id)
        .options(selectinload(Invoice.lines))
    ).all()


def _lines_of(invoice: Invoice, since: Mapping[str, date], day: date) -> Iterator[InvoiceLine]:
    return (
        line
        for line in invoice.lines
        if line.period_end > day and line.period_start >= since.get(line.price_id or "", date.max)
    )


def _unused(
    session: Session,
    invoice: Invoice,
    lines: Iterable[InvoiceLine],
    day: date,
    discounted: _Discounted,
) -> Iterator[UnusedCharge]:
    left = creditable(session, invoice).lines
    for line in lines:
        paid = line.net - _taken_off(invoice, line, discounted)
        rest = Period(max(day, line.period_start), line.period_end)
        part = Fraction(rest.days, line.period.days)
        net = _rounded(paid * part, invoice.currency)
        most = Money(max(left[line.position], 0), invoice.currency)
        net = min(net, most) if line.net > 0 else net
        if net.minor:
            yield UnusedCharge(
                invoice=invoice,
                place=line.position + 1,
                price_id=line.price_id or "",
                period=rest,
                description=unused_description(line.description),
                tax_rate=line.tax_rate,
                net=net,
            )


def _rounded(minor: Fraction, currency: str) -> Money:
    """So many minor units, a part of one rounded half up."""
    one = Money(1, currency).amount
    return Money.rounded(minor * Fraction(one), currency)


def _discounted_by(schedule: BillingSchedule) -> _Discounted:
    """What the discounts of a schedule are of: an amount is of one rhythm alone."""
    discounts = terms_of(schedule).discounts
    prices = {
        one.price_id: one.price.terms for phase in schedule.phases for one in phase.phase_prices
    }

    def discounted(line: InvoiceLine) -> bool:
        discount = next((one for one in discounts if one.covers(line.period_start)), None)
        price = prices.get(line.price_id or "")
        return discount is None or price is None or discount.is_of(price)

    return discounted


def _taken_off(invoice: Invoice, line: InvoiceLine, discounted: _Discounted) -> Fraction:
    """A line's share of the discounts of its invoice, in minor units."""
    share = Fraction(0)
    for discount in invoice.lines:
        of = [one for one in invoice.lines if _is_of(discount, one) and discounted(one)]
        if discount.kind is LineKind.DISCOUNT and line in of:
            share += Fraction(-discount.net * line.net, sum(one.net for one in of) or 1)
    return share


def _is_of(discount: InvoiceLine, line: InvoiceLine) -> bool:
    """Whether a line charges for a period that begins on a discount's days."""
    is_charge = line.kind in {LineKind.FIXED, LineKind.USAGE}
    begins = discount.period_start <= line.period_start < discount.period_end
    return is_charge and begins and line.tax_rate == discount.tax_rate
