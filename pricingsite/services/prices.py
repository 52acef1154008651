"""Prices as pricing sees them: the one way from a row of the catalog to something that rates."""

from datetime import date
from zoneinfo import ZoneInfo

from pricingsite.models.catalog import Price
from pricingsite.pricing import PriceTerms, Unit, local_date, structure_from_dict


def in_force_from(price: Price, zone: ZoneInfo) -> date:
    """The first day a price could be ordered at: when it was applied, or as it was announced."""
    applied = local_date(price.applied_at, zone)
    return max(price.valid_from, applied) if price.valid_from else applied


def terms_of(price: Price) -> PriceTerms:
    """The terms of a price: currency, structure, frequency and, for usage, its metric and unit."""
    metric = price.metric
    return PriceTerms(
        id=price.id,
        name=price.name,
        currency=price.currency,
        structure=structure_from_dict(price.structure),
        billing_frequency=price.frequency,
        billing_type=price.type,
        unit=Unit(metric.unit, metric.unit_plural) if metric else None,
        metric_id=metric.id if metric else None,
        prorate_flat_fees=price.prorate_flat_fees,
    )
