"""The billing months of a schedule that have ended, and what each of them cost.

A month costs what is charged for its days, by the function that makes bills: fees in advance are
on the bill before it, those in arrears and usage on the bill after it. Amounts are net.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pricingsite.models.catalog import Price, UsageMetric
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    DueTerms,
    Money,
    Period,
    Service,
    boundary,
    make_bill,
    terms_due,
)
from pricingsite.pricing.service_periods import charged_within
from pricingsite.services.billing.periods import BillingPeriod, State, billing_period_on
from pricingsite.services.schedules.reading import terms_of
from pricingsite.services.usage.quantities import CustomerUsage

_MOST_MONTHS = 12


def ended_months(schedule: BillingSchedule, today: date) -> list[BillingPeriod]:
    """The whole months that were billed, the latest first."""
    period: BillingPeriod | None = billing_period_on(schedule, today)
    assert period is not None  # noqa: S101 - of a schedule there is one
    if period.state is not State.ENDED:
        period = period.previous()
    found: list[BillingPeriod] = []
    while period and not period.is_trial and len(found) < _MOST_MONTHS:
        if _is_month(period.dates):
            found.append(period)
        period = period.previous()
    return found


def _is_month(period: Period) -> bool:
    return boundary(period.start, BillingFrequency.MONTHLY, 1) == period.end


def is_monthly(price: Price) -> bool:
    """Whether a price is charged by the month."""
    return price.frequency is BillingFrequency.MONTHLY


def net_of_month(
    month: BillingPeriod, metrics: Sequence[UsageMetric], usage: CustomerUsage
) -> Money:
    """What a month cost: what is in arrears on the bill after it, and in advance on that before."""
    anchor, days = month.schedule.anchor_date, month.dates
    by_id = {one.id: one for one in metrics}
    services = [
        service
        for span in month.spans
        if span.price.billing_frequency is BillingFrequency.MONTHLY
        for service, _ in charged_within(span, days, anchor)
        if _lies_in(service, days)
    ]
    counted = [
        (
            one,
            usage.quantity(by_id[one.price.metric_id], one.period) if one.price.metric_id else None,
        )
        for one in services
    ]
    return make_bill(
        counted,
        period=days,
        currency=month.schedule.currency,
        tax_rate=None,
        terms=_own_terms(month),
    ).net


def _lies_in(service: Service, days: Period) -> bool:
    return days.start <= service.period.start and service.period.end <= days.end


def _own_terms(month: BillingPeriod) -> DueTerms:
    """The discounts and the minimum of a month; all that counts towards it is on one bill here."""
    schedule, anchor, days = month.schedule, month.schedule.anchor_date, month.dates
    agreed = terms_of(schedule)
    due = {
        BillingType.IN_ADVANCE: terms_due(agreed, month.spans, anchor, days.start),
        BillingType.IN_ARREARS: terms_due(agreed, month.spans, anchor, days.end),
    }
    minimums = tuple(
        replace(one, before=())
        for kind, terms in due.items()
        for one in terms.minimums
        if one.price.billing_type is kind and days.start <= one.period.start < days.end
    )
    return DueTerms(minimums, agreed.discounts)
