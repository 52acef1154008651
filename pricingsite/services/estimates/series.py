"""A usage price day by day: this period, and the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricingsite.pricing import Service
from pricingsite.services.billing.periods import BillingPeriod
from pricingsite.services.usage.quantities import CustomerUsage, Day


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSeries:
    """A usage price day by day: this period up to today, and all of the one before.

    `band_days` says since which day each band has been reached, by the band's first unit.
    """

    service: Service
    days: tuple[Day, ...]
    previous_days: tuple[Day, ...]
    band_days: dict[Decimal, date]

    @property
    def quantity(self) -> Decimal:
        """What the price has counted this period, to date."""
        return self.days[-1].cumulative if self.days else Decimal(0)

    @property
    def previous_quantity(self) -> Decimal:
        """What it counted in all of the period before."""
        return self.previous_days[-1].cumulative if self.previous_days else Decimal(0)


def usage_series(
    usage: CustomerUsage,
    billing_period: BillingPeriod,
    previous: BillingPeriod | None,
    service: Service,
) -> UsageSeries:
    """A usage price on a bill, day by day up to the day shown."""
    metric = billing_period.metric(service)
    days = tuple(
        day for day in usage.daily(metric, service.period) if day.day <= billing_period.day
    )
    # A price that is billed after a longer period was not on the last bill: it has no days there.
    due_before = previous.due if previous else ()
    period = next((due.period for due in due_before if due.price.metric_id == metric.id), None)
    previous_days = tuple(usage.daily(metric, period)) if period else ()
    return UsageSeries(
        service=service,
        days=days,
        previous_days=previous_days,
        band_days=dict(_band_days(service, days)),
    )


def _band_days(service: Service, days: tuple[Day, ...]) -> Iterator[tuple[Decimal, date]]:
    for band in service.price.structure.bands:
        # A band is reached by what lies past the bound before it; the first one, from the start.
        short = [n for n, day in enumerate(days, start=1) if day.cumulative <= band.bound_before]
        since = days[max(short, default=0) :]
        if band.first_unit and since:
            yield band.first_unit, since[0].day
