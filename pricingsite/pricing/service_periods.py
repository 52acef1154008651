"""What falls due, and when: prices over the days that they are in a schedule.

They are cut into service periods by the schedule's anchor. A bill is what falls due on one date: a
price in arrears at the end of its own period, one in advance on the first day of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.periods import BillingFrequency, BillingType, Period, period_of
from pricingsite.pricing.proration import Proration
from pricingsite.pricing.terms import PriceTerms


@dataclass(frozen=True, slots=True)
class Span:
    """The days `[start, end)` a price stands in a schedule; no end is open.

    `final`: the schedule itself ends there, so nothing waits for the end of a full period. With an
    `anchor` of its own its periods count from there, and not from the schedule's.

    `charged_until`, where a change ended it within its period: in advance it was billed up to that
    day before the change; in arrears it falls due on it. `increases` are the days from which more
    of it is bought, with its terms from then on, the first first. With a `base`, which is charged
    already, it is what is charged once above that: nothing, if that is all of it.
    """

    price: PriceTerms
    start: date
    end: date | None = None
    final: bool = False
    anchor: date | None = None
    charged_until: date | None = None
    increases: tuple[tuple[date, PriceTerms], ...] = ()
    base: PriceTerms | None = None

    def covers(self, day: date) -> bool:
        """Whether the price is in force on a day."""
        return self.start <= day and (self.end is None or day < self.end)

    def price_on(self, day: date) -> PriceTerms:
        """The price as it is bought on a day."""
        return next((terms for since, terms in self.increases[::-1] if since <= day), self.price)


@dataclass(frozen=True, slots=True)
class Service:
    """One price over one service period, a part of `full_period` or all of it.

    With a `base` it is what is charged for buying more from its first day on: the price above that.
    """

    price: PriceTerms
    period: Period
    full_period: Period
    base: PriceTerms | None = None

    @property
    def proration(self) -> Proration:
        """The days of the service over those of the full period."""
        return Proration(self.period.days, self.full_period.days)

    @property
    def partial(self) -> Proration | None:
        """The same where something is left out; None for a whole period, as nearly all are."""
        if self.period == self.full_period or (part := self.proration).is_whole:
            return None
        return part


def _cut(span: Span, full: Period) -> Period | None:
    start = max(span.start, full.start)
    charged_until = span.charged_until or span.end
    end = full.end if charged_until is None else min(charged_until, full.end)
    return Period(start, end) if start < end else None


def _due_on(span: Span, full: Period, cut: Period) -> date:
    if span.price.billing_type is BillingType.IN_ADVANCE:
        return cut.start
    return cut.end if span.final or cut.end == span.charged_until else full.end


def _full_of(span: Span, full: Period, cut: Period) -> Period:
    # What is charged once has no shorter version: its period is whole, however long it is.
    return cut if span.price.billing_frequency is BillingFrequency.ONE_TIME else full


def _candidates(span: Span, anchor: date, day: date) -> tuple[Period, ...]:
    """The full periods of a price that may fall due on a day: its own and the one before."""
    frequency = span.price.billing_frequency
    if frequency is BillingFrequency.ONE_TIME:
        return (period_of(anchor, frequency, span.start),)
    own = period_of(anchor, frequency, day)
    return (period_of(anchor, frequency, own.start - timedelta(days=1)), own)


def services_due(spans: Iterable[Span], anchor: date, due_on: date) -> tuple[Service, ...]:
    """What falls due on a day, in the order of the spans."""
    return tuple(
        service
        for span in spans
        for full in _candidates(span, span.anchor or anchor, due_on)
        if (cut := _cut(span, full))
        for service in _services(span, full, cut)
        if _due_on(span, full, service.period) == due_on
    )


def _services(span: Span, full: Period, cut: Period) -> Iterator[Service]:
    """A price over a period as it is bought at first, and what is bought within it besides."""
    price = span.price_on(cut.start)
    if price == span.base:
        return
    yield Service(price, cut, _full_of(span, full, cut), span.base)
    for day, terms in span.increases:
        if cut.start < day < cut.end:
            rest = Period(day, cut.end)
            yield Service(terms, rest, _full_of(span, full, rest), price)
            price = terms


def next_due(spans: Iterable[Span], anchor: date, since: date) -> date | None:
    """The first day, from `since` on, on which anything falls due; None where nothing will."""
    days = (_next_due(span, span.anchor or anchor, since) for span in spans)
    return min((day for day in days if day is not None), default=None)


def _next_due(span: Span, anchor: date, since: date) -> date | None:
    frequency = span.price.billing_frequency
    once = frequency is BillingFrequency.ONE_TIME
    # The period before may end on that very day.
    day = span.start if once else max(span.start, since - timedelta(days=1))
    full = period_of(anchor, frequency, day)
    while cut := _cut(span, full):
        due = (_due_on(span, full, service.period) for service in _services(span, full, cut))
        if (due_on := min((day for day in due if day >= since), default=None)) is not None:
            return due_on
        if once:
            break
        full = period_of(anchor, frequency, full.end)
    return None


def charged_within(span: Span, full: Period, anchor: date) -> tuple[tuple[Service, date], ...]:
    """What a price charges for the days of a full period, and when; nothing where it has none."""
    own = period_of(span.anchor or anchor, span.price.billing_frequency, full.start)
    cut = _cut(span, own)
    if cut is None:
        return ()
    services = _services(span, own, cut)
    return tuple((service, _due_on(span, own, service.period)) for service in services)


def bill_period(spans: Iterable[Span], anchor: date, day: date) -> Period:
    """The billing period a day lies in: that of the most frequent price that stands then.

    Its start is cut to the first span's, its end to a final end. Raises `PricingError` where no
    price stands.
    """
    spans = tuple(spans)
    in_force = [span for span in spans if span.covers(day)]
    if not in_force:
        raise PricingError(f"nothing is billed on {day.isoformat()}")
    shortest = min(in_force, key=lambda span: span.price.billing_frequency.months or 1)
    full = period_of(shortest.anchor or anchor, shortest.price.billing_frequency, day)
    ends = [s.end for s in spans if s.final and s.end]
    start = max(full.start, min(s.start for s in spans))
    return Period(start, min([full.end, *ends]))
