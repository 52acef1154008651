"""Prices as pricing sees them: the one way from a row of the catalog to something that rates."""

from pricingsite.models.catalog import Price
from pricingsite.pricing import PriceTerms, Unit, structure_from_dict


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
