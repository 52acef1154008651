"""What a life comes to, worked out again day by day from what is agreed and what happened."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from support.jobs import counted

from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Aggregation,
    Bill,
    BillingFrequency,
    BillingType,
    Period,
    PriceTerms,
    Service,
    fixed_amount,
    make_bill,
    terms_due,
)
from pricingsite.services.schedules.reading import spans_of, terms_of
from pricingsite.services.usage.events import Event

_DAY = timedelta(days=1)


# A price, and what its periods count from if that is its own.
_Stand = tuple[str, date | None]
# The price as it is bought on a day, and the period that the day lies in.
_Day = tuple[PriceTerms, Period]


@dataclass(frozen=True, slots=True)
class Charged:
    """A price over days of one of its periods, and the day on which that falls due."""

    service: Service
    aggregation: Aggregation | None
    due_on: date

    @property
    def is_more(self) -> bool:
        """Whether it is for buying more, over days that are charged for already."""
        return self.service.base is not None


def charged(schedule: BillingSchedule, until: date) -> list[Charged]:
    """All that falls due up to a day, told from the prices of each single day."""
    # The days of each, with the period that they lie in.
    days: dict[_Stand, dict[date, _Day]] = defaultdict(dict)
    counts: dict[_Stand, Aggregation | None] = {}
    for phase in schedule.phases:
        # Nothing is charged for the days of a trial.
        last = min(phase.end_date or date.max, schedule.end_date or date.max, until + 400 * _DAY)
        for one in () if phase.trial else phase.phase_prices:
            key = one.price_id, one.anchor_date
            counts[key] = one.price.metric.aggregation if one.price.metric else None
            anchor = one.anchor_date or schedule.anchor_date
            months = one.price.frequency.months or 1
            for n in range((last - phase.start_date).days):
                day = phase.start_date + n * _DAY
                days[key][day] = one.terms, period_with(day, anchor, months)
    found: list[Charged] = []
    for key, of_price in days.items():
        frequencies = {terms.billing_frequency for terms, _ in of_price.values()}
        if frequencies == {BillingFrequency.ONE_TIME}:
            found += _purchases(counts[key], of_price, schedule.end_date)
        else:
            found += _pieces(counts[key], of_price, schedule.end_date)
    return [one for one in found if one.due_on <= until]


def _purchases(
    aggregation: Aggregation | None, days: dict[date, _Day], ends_on: date | None
) -> Iterator[Charged]:
    """What is charged once: the first of adjoining days, and of more what is above all before."""
    bought: dict[date, PriceTerms | None] = {}
    most: PriceTerms | None = None
    for day in sorted(days):
        terms = days[day][0]
        most = most if day - _DAY in days else None
        if most is None or fixed_amount(terms) > fixed_amount(most):
            bought[day], most = most, terms
    for day, base in bought.items():
        terms, full = days[day]
        end = day + _DAY
        while end in days and end not in bought and end < full.end:
            end += _DAY
        due_on = full.end if end != ends_on else end
        if terms.billing_type is BillingType.IN_ADVANCE:
            due_on = day
        period = Period(day, end)
        yield Charged(Service(terms, period, period, base), aggregation, due_on)


def _pieces(
    aggregation: Aggregation | None, days: dict[date, _Day], ends_on: date | None
) -> Iterator[Charged]:
    """The days of a price cut where a period begins, where it was missing, or less is bought.

    More that is bought within a piece is charged besides, up to its end.
    """
    pieces: list[list[date]] = []
    for day in sorted(days):
        (terms, full), eve = days[day], days.get(day - _DAY)
        if eve and eve[1] == full and fixed_amount(terms) >= fixed_amount(eve[0]):
            pieces[-1].append(day)
        else:
            pieces.append([day])
    for piece in pieces:
        start, end = piece[0], piece[-1] + _DAY
        full = days[start][1]
        in_arrears = full.end if end != ends_on else end
        rises = [day for day in piece[1:] if days[day][0] != days[day - _DAY][0]]
        for day in (start, *rises):
            bought, base = days[day][0], days[day - _DAY][0] if day != start else None
            period = Period(day, end)
            service = Service(bought, period, full, base)
            in_advance = bought.billing_type is BillingType.IN_ADVANCE
            yield Charged(service, aggregation, day if in_advance else in_arrears)


def period_with(day: date, anchor: date, months: int) -> Period:
    """The period of so many months that a day lies in."""
    begun = (day.year - anchor.year) * 12 + day.month - anchor.month
    begun -= begun % months
    if _boundary(anchor, begun) > day:
        begun -= months
    return Period(_boundary(anchor, begun), _boundary(anchor, begun + months))


def _boundary(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def bills(
    schedule: BillingSchedule, used: Iterable[Event], until: date, zone: ZoneInfo
) -> dict[date, Bill]:
    """The bill of each day up to one, at what was used in the end; its tax is not."""
    by_day: dict[date, list[Charged]] = defaultdict(list)
    for one in charged(schedule, until):
        by_day[one.due_on].append(one)
    spans, agreed = spans_of(schedule), terms_of(schedule)
    by_local_day: dict[date, list[Event]] = defaultdict(list)
    for event in used:
        by_local_day[event.occurred_at.astimezone(zone).date()].append(event)
    found = {}
    for n in range((until - schedule.start_date).days + 1):
        day = schedule.start_date + n * _DAY
        terms = terms_due(agreed, spans, schedule.anchor_date, day)
        if day in by_day or terms.minimums:
            services = [(one.service, _used(one, by_local_day)) for one in by_day[day]]
            whole = Period(schedule.start_date, until + _DAY)
            found[day] = make_bill(
                services, period=whole, currency=schedule.currency, tax_rate=None, terms=terms
            )
    return found


def due_days(schedule: BillingSchedule, until: date) -> Sequence[date]:
    """The days on which something falls due, up to one."""
    return sorted(bills(schedule, (), until, ZoneInfo("UTC")))


def _used(one: Charged, by_day: dict[date, list[Event]]) -> Decimal | None:
    if one.aggregation is None:
        return None
    period = one.service.period
    return counted(
        one.aggregation,
        [event for day, events in by_day.items() if period.contains(day) for event in events],
    )
