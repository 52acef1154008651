"""What schedules bill, and when, as values: schedules that agree on the same share one.

Nearly all customers of a plan who started on a day do, so that a billing run works out what falls
due once for all of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import (
    BillingType,
    DueTerms,
    LineItem,
    Period,
    Service,
    day_start,
    lines_of,
    next_due,
    services_due,
    terms_due,
)
from pricingsite.services.customers.aliases import is_any_of
from pricingsite.services.invoices.new_invoices import hull
from pricingsite.services.schedules.reading import metric_of, spans_of, terms_of

# What is kept of a run stays flat, however many kinds of schedules there are.
_MOST_KEPT = 5_000

_Signature = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """What falls due on a day: each service with the metric that it charges for, if any.

    `period` are the days from the first to the last that it is for, `starts_at` when the day does.
    It is in arrears where any of it is charged for days that have gone.
    """

    services: tuple[tuple[Service, UsageMetric | None], ...]
    terms: DueTerms
    period: Period
    starts_at: datetime
    is_in_arrears: bool
    _fixed: dict[Decimal | None, dict[int, list[LineItem]]] = field(default_factory=dict)

    def fixed_lines(self, service: Service, rate: Decimal | None) -> list[LineItem]:
        """The lines of one of its fixed prices at a tax rate: they are the same for everybody."""
        of_rate = self._fixed.setdefault(rate, {})
        if (found := of_rate.get(id(service))) is None:
            found = of_rate[id(service)] = list(lines_of(service, None, rate))
        return found

    @property
    def usage(self) -> list[tuple[UsageMetric, Period]]:
        """Each metric and the period over which it is charged for."""
        return [(metric, service.period) for service, metric in self.services if metric]


class Agreement:
    """What a schedule bills; days are its zone's."""

    def __init__(self, schedule: BillingSchedule) -> None:
        self.currency, self.zone = schedule.currency, schedule.zone
        self._anchor = schedule.anchor_date
        self._spans, self._terms = spans_of(schedule), terms_of(schedule)
        paid = [span for span in self._spans if not span.price.is_free]
        self._paid = (*paid, *self._terms.minimums)
        self._metrics = {
            # A copy, which no session expires.
            span.price.id: UsageMetric(id=metric.id, aggregation=metric.aggregation)
            for span in self._spans
            if (metric := metric_of(schedule, span.price))
        }
        self._due: dict[date, Due] = {}
        self._next: dict[date, date | None] = {}

    def next_due(self, since: date) -> date | None:
        """The first day from `since` on, on which anything that costs something falls due."""
        if since not in self._next:
            self._next[since] = next_due(self._paid, self._anchor, since)
        return self._next[since]

    def charges_on(self, price_id: str, day: date) -> bool:
        """Whether a price, or more of it, is charged in advance on a day from that day on."""
        services = (service for service, _ in self.due_on(day).services)
        return any(one.price.id == price_id and one.period.start == day for one in services)

    def due_on(self, day: date) -> Due:
        """What falls due on a day."""
        if (found := self._due.get(day)) is None:
            found = self._due[day] = self._find_due(day)
        return found

    def _find_due(self, day: date) -> Due:
        services = services_due(self._spans, self._anchor, day)
        terms = terms_due(self._terms, self._spans, self._anchor, day)
        periods = [service.period for service in services]
        periods += [minimum.period for minimum in terms.minimums]
        in_arrears = BillingType.IN_ARREARS
        return Due(
            tuple((service, self._metrics.get(service.price.id)) for service in services),
            terms,
            hull(periods) if periods else Period(day, day + timedelta(days=1)),
            day_start(day, self.zone),
            any(service.price.billing_type is in_arrears for service in services),
        )


class Agreements:
    """The agreements of schedules, read for many at once and kept for the next."""

    def __init__(self) -> None:
        self._kept: dict[_Signature, Agreement] = {}

    def of(self, session: Session, schedule_ids: Iterable[str]) -> dict[str, Agreement]:
        """The agreement of each schedule."""
        signatures = _signatures(session, schedule_ids)
        examples = {
            signature: schedule_id
            for schedule_id, signature in signatures.items()
            if signature not in self._kept
        }
        if len(self._kept) + len(examples) > _MOST_KEPT:
            self._kept.clear()
            examples = {signature: one for one, signature in signatures.items()}
        if examples:
            schedules = _read(session, examples.values())
            for signature, schedule_id in examples.items():
                self._kept[signature] = Agreement(schedules[schedule_id])
        return {one: self._kept[signature] for one, signature in signatures.items()}


def _signatures(session: Session, schedule_ids: Iterable[str]) -> dict[str, _Signature]:
    """All that decides what each schedule bills, and when, as the database has it."""
    columns = (
        BillingSchedule.currency,
        BillingSchedule.timezone,
        BillingSchedule.start_date,
        BillingSchedule.end_date,
        BillingSchedule.anchor_date,
        Phase.start_date,
        Phase.end_date,
        Phase.trial,
        Phase.minimum,
        Phase.discount_code,
        Phase.discount_rate,
        Phase.discount_amount,
        Phase.discount_periods,
        PhasePrice.price_id,
        PhasePrice.quantity,
        PhasePrice.anchor_date,
        PhasePrice.charged_until,
        PhasePrice.charged_quantity,
    )
    raw = [type_coerce(column, String).label(f"part_{n}") for n, column in enumerate(columns)]
    rows = session.connection().execute(
        select(BillingSchedule.id, *raw)
        .join(Phase, Phase.schedule_id == BillingSchedule.id)
        .outerjoin(PhasePrice, PhasePrice.phase_id == Phase.id)
        .where(is_any_of(session, BillingSchedule.id, schedule_ids))
        .order_by(Phase.start_date, PhasePrice.position)
    )
    found: dict[str, list[_Signature]] = defaultdict(list)
    for schedule_id, *parts in rows.all():
        found[schedule_id].append(tuple(parts))
    return {schedule_id: tuple(parts) for schedule_id, parts in found.items()}


def _read(session: Session, schedule_ids: Iterable[str]) -> Mapping[str, BillingSchedule]:
    phases = selectinload(BillingSchedule.phases).selectinload(Phase.phase_prices)
    rows = session.scalars(
        select(BillingSchedule)
        .where(is_any_of(session, BillingSchedule.id, schedule_ids))
        .options(phases)
        .execution_options(populate_existing=True)
    )
    return {schedule.id: schedule for schedule in rows}
