"""A customer's last periods at the price it has and at another: its own usage, priced at both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Money,
    Period,
    PriceTerms,
    PricingError,
    Service,
    Span,
    make_bill,
    period_of,
)
from pricingsite.services.schedules.reading import spans_of
from pricingsite.services.usage.quantities import CustomerUsage

_MOST_PERIODS = 3


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """A whole period that has ended, net at both prices; `quantity` is what was used in it."""

    period: Period
    quantity: Decimal | None
    old: Money
    new: Money

    @property
    def difference(self) -> Money:
        """How much more the new price is."""
        return self.new - self.old


def past_periods(
    session: Session, schedule: BillingSchedule, old: Price, new: Price, *, now: datetime
) -> tuple[PastPeriod, ...]:
    """The last periods of `old` in a schedule at both prices, the first first; three at most."""
    today = schedule.today(now)
    periods = list(islice(_ended(schedule, old, today), _MOST_PERIODS))[::-1]
    usage = CustomerUsage(session, schedule.customer_id, today=today)
    metric = old.metric
    if metric is not None:
        usage.read((metric, period) for _, period in periods)
    found = []
    for terms, period in periods:
        quantity = usage.quantity(metric, period) if metric is not None else None
        if (at_new := _as_bought(new.terms, terms)) is not None:
            old_net, new_net = (_net(one, period, quantity) for one in (terms, at_new))
            found.append(PastPeriod(period, quantity, old_net, new_net))
    return tuple(found)


def _as_bought(new: PriceTerms, old: PriceTerms) -> PriceTerms | None:
    """A price at as many as were bought of another; None where it is not sold at that quantity."""
    if not new.is_bought:
        return new
    try:
        return new.at(old.quantity)
    except PricingError:
        return None


def _ended(
    schedule: BillingSchedule, price: Price, today: date
) -> Iterator[tuple[PriceTerms, Period]]:
    """The whole periods of a price that have ended, the last first, at what was bought then."""
    spans = [one for one in spans_of(schedule) if one.price.id == price.id and one.start < today]
    for span in sorted(spans, key=lambda one: one.start, reverse=True):
        yield from _ended_of(span, schedule.anchor_date, today)


def _ended_of(span: Span, anchor: date, today: date) -> Iterator[tuple[PriceTerms, Period]]:
    last = today if span.end is None else min(today, span.end)
    frequency = span.price.billing_frequency
    period = period_of(span.anchor or anchor, frequency, last)
    while True:
        period = period_of(span.anchor or anchor, frequency, period.start - timedelta(days=1))
        if period.start < span.start:
            return
        yield span.price_on(period.start), period


def _net(terms: PriceTerms, period: Period, quantity: Decimal | None) -> Money:
    service = Service(terms, period, period)
    bill = make_bill([(service, quantity)], period=period, currency=terms.currency, tax_rate=None)
    return bill.net
