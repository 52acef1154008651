"""How a running bill came about: each meter day by day, and the bill of the period before.

Days are the schedule's zone's, amounts excl. VAT. What a difference comes from is itself told as
differences of totals, so that the reasons add up to it to the penny.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.pricing import (
    Money,
    Period,
    Service,
    Unit,
    day_start,
    local_date,
    plain,
    tiers_of,
)
from pricingsite.services.billing.bills import Counted, bill_of, count, net_of
from pricingsite.services.billing.periods import BillScope, State, metered, scope_on
from pricingsite.services.estimates import Estimate
from pricingsite.services.schedules.reading import phase_on
from pricingsite.services.usage.quantities import Day, daily, quantity

_DAYS_OF_A_HABIT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A usage price day by day: this period up to today, and all of the one before.

    `entered` says for each band that was reached, by its first unit, on which day that was.
    """

    service: Service
    days: tuple[Day, ...]
    before: tuple[Day, ...]
    entered: dict[Decimal, date]


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a difference: more or fewer units of something, or (None) what else changed."""

    net: Money
    unit: Unit | None = None
    quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class LastBill:
    """The bill of the period before, and why this one differs so far."""

    period: Period
    net: Money
    difference: Money
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a running bill came about; `runs` by price id.

    `at_list_prices` are the quantities so far by metric id, as plain decimals, for who wants to try
    others at list prices; None on any other price. `silent` is a feed that may have stopped: no
    event for a whole day, after some on each of seven days. `began_at` is when the period began, in
    its first day, if there was one before. `early` is usage in words that came before the start.
    """

    runs: dict[str, Run]
    last: LastBill | None
    at_list_prices: dict[str, str] | None = None
    silent: bool = False
    began_at: datetime | None = None
    early: tuple[str, ...] = ()


def progress(session: Session, estimate: Estimate) -> Progress:
    """How the bill of an estimate came about."""
    scope, schedule, today = estimate.scope, estimate.schedule, estimate.as_of.date()
    if estimate.state is State.UPCOMING:
        return Progress({}, None, early=tuple(_early(session, estimate)))
    day_before = scope.period.start - timedelta(days=1)
    before = scope_on(schedule, day_before) if day_before >= schedule.start_date else None
    due = [service for service in scope.due if service.price.is_usage]
    runs = {one.price.id: _run(session, scope, before, one, today) for one in due}
    last = _last_bill(session, estimate, before) if before else None
    return Progress(
        runs,
        last,
        _at_list_prices(scope, runs.values()),
        began_at=_began_at(estimate) if last else None,
        silent=estimate.running and _silent(estimate, runs.values()),
    )


def _began_at(estimate: Estimate) -> datetime | None:
    """When the running period began, in its first day."""
    zone = estimate.schedule.zone
    began = day_start(estimate.period.start, zone).astimezone(zone)
    first_day = estimate.as_of.date() == estimate.period.start
    return began if first_day and estimate.state is State.ACTIVE else None


def _early(session: Session, estimate: Estimate) -> Iterator[str]:
    """What was used since the order and before the start, of what the start's prices count."""
    zone = estimate.schedule.zone
    ordered = local_date(estimate.schedule.created_at, zone)
    if ordered >= estimate.schedule.start_date:
        return
    before = Period(ordered, estimate.schedule.start_date)
    for service in metered(estimate.scope):
        metric = estimate.scope.metric(service)
        came = quantity(session, estimate.customer.id, metric, before)
        if came and service.price.unit:
            yield service.price.unit.of(came)


def _silent(estimate: Estimate, runs: Iterable[Run]) -> bool:
    """Whether no event came for a whole day, of a customer that used on each of seven before."""
    last = estimate.counted_to
    if last is None or estimate.as_of.date() - last.date() <= timedelta(days=1):
        return False
    days = {one.day for run in runs for one in (*run.before, *run.days) if one.event_count}
    return all(last.date() - timedelta(days=n) in days for n in range(_DAYS_OF_A_HABIT))


def _at_list_prices(scope: BillScope, runs: Iterable[Run]) -> dict[str, str] | None:
    phase = phase_on(scope.schedule, scope.day)
    if phase is None or not all(price.list_price for price in phase.prices):
        return None
    return {
        run.service.price.metric_id: plain(run.days[-1].cumulative)
        for run in runs
        if run.days and run.service.price.metric_id
    }


def _run(
    session: Session, scope: BillScope, before: BillScope | None, service: Service, today: date
) -> Run:
    customer_id, metric = scope.schedule.customer_id, scope.metric(service)
    days = tuple(
        one for one in daily(session, customer_id, metric, service.period) if one.day <= today
    )
    # What is billed after a longer period has none that the last bill was for.
    last = next(
        (one.period for one in (before.due if before else ()) if one.price.metric_id == metric.id),
        None,
    )
    earlier = daily(session, customer_id, metric, last) if last else ()
    return Run(service=service, days=days, before=tuple(earlier), entered=_entered(service, days))


def _entered(service: Service, days: tuple[Day, ...]) -> dict[Decimal, date]:
    found = {}
    for band in tiers_of(service.price.structure):
        # A band is reached by what lies past the bound before it; the first one, from the start.
        reached = (one.day for one in days if one.cumulative > band.first_unit - 1)
        if band.first_unit and (day := next(reached, None)):
            found[band.first_unit] = day
    return found


def _last_bill(session: Session, estimate: Estimate, before: BillScope) -> LastBill:
    counted = count(session, before, before.due)
    net, last = estimate.bill.net, bill_of(before, counted, Decimal(0)).net
    reasons = list(_volumes(_alone(estimate.scope, estimate.counted), _alone(before, counted)))
    rest = net - last - sum((one.net for one in reasons), Money.zero(net.currency))
    if rest.minor:
        reasons.append(Reason(rest))
    return LastBill(before.period, last, net - last, tuple(reasons))


def _alone(scope: BillScope, counted: Counted) -> dict[str, tuple[Service, Decimal]]:
    """Each metric that one price alone charges for on a bill: that service and its quantity."""
    metrics = Counter(service.price.metric_id for service in scope.due)
    return {
        service.price.metric_id: (service, counted[service.price.metric_id, service.period])
        for service in scope.due
        if service.price.metric_id and metrics[service.price.metric_id] == 1
    }


def _volumes(
    now: dict[str, tuple[Service, Decimal]], before: dict[str, tuple[Service, Decimal]]
) -> Iterator[Reason]:
    """What each meter's other quantity makes, at the prices of this period."""
    for metric_id, (service, used) in now.items():
        _, earlier = before.get(metric_id, (service, used))
        if used != earlier:
            net = net_of(service, used) - net_of(service, earlier)
            yield Reason(net, service.price.unit, used - earlier)
