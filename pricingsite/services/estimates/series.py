"""A usage price day by day: this period, and the one before."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.pricing import (
    Service,
)
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.usage.quantities import Day, daily


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A usage price day by day: this period up to today, and all of the one before.

    `entered` says for each band that was reached, by its first unit, on which day that was.
    """

    service: Service
    days: tuple[Day, ...]
    before: tuple[Day, ...]
    entered: dict[Decimal, date]


def usage_series(
    session: Session,
    billing_period: BillingPeriod,
    before: BillingPeriod | None,
    service: Service,
    today: date,
) -> Run:
    """A usage price on a bill, day by day up to today."""
    customer_id, metric = billing_period.schedule.customer_id, billing_period.metric(service)
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
    for band in service.price.structure.bands:
        # A band is reached by what lies past the bound before it; the first one, from the start.
        reached = (one.day for one in days if one.cumulative > band.bound_before)
        if band.first_unit and (day := next(reached, None)):
            found[band.first_unit] = day
    return found
