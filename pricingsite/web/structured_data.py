"""List prices as schema.org has them, for search engines: an offer with each part of its price.

Made from the same offers as the page around it. The parts of a price are net, and say so.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import url_for

from pricingsite.pricing import (
    BillingFrequency,
    PriceTerms,
    TierBand,
    decimals_of,
    exact_context,
    plain,
)
from pricingsite.pricing.money import places_of
from pricingsite.services.plans.offers import Offer
from pricingsite.wording.bills import priced_name
from pricingsite.wording.headlines import part_shown
from pricingsite.wording.rates import shown_per

Json = dict[str, Any]

# The codes of UN/CEFACT for how long a fee lasts, and how many of them.
_DURATIONS = {
    BillingFrequency.MONTHLY: ("MON", 1),
    BillingFrequency.QUARTERLY: ("MON", 3),
    BillingFrequency.HALF_YEARLY: ("MON", 6),
    BillingFrequency.YEARLY: ("ANN", 1),
}


def products(offers: Iterable[Offer], *, brand: str, base_url: str, with_tax: bool = False) -> Json:
    """Every plan on sale as a product with its offer, at the price that its page leads with."""
    return {
        "@context": "https://schema.org",
        "@graph": [_product(offer, brand, base_url, with_tax=with_tax) for offer in offers],
    }


def _product(offer: Offer, brand: str, base_url: str, *, with_tax: bool) -> Json:
    address = base_url + url_for("plans.detail", plan_id=offer.id)
    announced = offer.announced
    until = {"priceValidUntil": _day_before(announced.valid_from)} if announced else {}
    return {
        "@type": "Product",
        "name": f"{brand} {offer.name}",
        "image": base_url + url_for("static", filename="og.png"),
        "description": offer.tagline or ", ".join(offer.products),
        "brand": {"@type": "Brand", "name": brand},
        "url": address,
        "offers": {
            "@type": "Offer",
            "url": address,
            "availability": "https://schema.org/InStock",
            "price": _known_by(offer, with_tax=with_tax),
            "priceCurrency": offer.currency,
            **until,
            "priceSpecification": [part for price in offer.prices for part in _parts(price)],
        },
    }


def _known_by(offer: Offer, *, with_tax: bool) -> str:
    """The price on the plan's card; a share of an amount is none."""
    bill = offer.headline.bill
    if offer.first_rate:
        usage, part = offer.first_rate
        if not usage.terms.structure.is_share:
            amount = part_shown(usage.terms, part)
            with exact_context():
                amount *= 1 + ((offer.tax_rate or 0) if with_tax else 0)
            return _as_amount(amount, offer.currency)
    return str(bill.gross if with_tax else bill.net)


def _as_amount(rate: Decimal, currency: str) -> str:
    """A rate with at least its currency's decimals, as amounts are written: `4.90`."""
    return f"{rate:.{max(places_of(rate), decimals_of(currency))}f}"


def _day_before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()


def _parts(price: PriceTerms) -> Iterator[Json]:
    """A price as unit price specifications: fees, and what a unit costs in each band."""
    for part in price.structure.parts:
        found = _fee(price, part.amount)
        if price.is_bought and part.per is None and part.band is None:
            found |= _per(price, Decimal(1))
        if part.per is not None:
            per = shown_per(price) if part.per == 1 else part.per
            found = _specification(price, part_shown(price, part)) | _per(price, per)
        yield found | (_eligible(price, part.band) if part.band else {})


def _specification(price: PriceTerms, amount: Decimal) -> Json:
    return {
        "@type": "UnitPriceSpecification",
        "name": priced_name(price),
        "price": plain(amount),
        "priceCurrency": price.currency,
        "valueAddedTaxIncluded": False,
    }


def _fee(price: PriceTerms, amount: Decimal) -> Json:
    fee = _specification(price, amount)
    if lasting := _DURATIONS.get(price.billing_frequency):
        code, number = lasting
        kind = "https://schema.org/Subscription"
        fee |= {"priceComponentType": kind, "billingDuration": number, "unitCode": code}
    return fee


def _per(price: PriceTerms, quantity: Decimal) -> Json:
    return {"referenceQuantity": _quantity(price, value=plain(quantity))}


def _eligible(price: PriceTerms, band: TierBand) -> Json:
    bounds = {"minValue": plain(band.first_unit)}
    if band.last_unit is not None:
        bounds["maxValue"] = plain(band.last_unit)
    return {"eligibleQuantity": _quantity(price, **bounds)}


def _quantity(price: PriceTerms, **values: str) -> Json:
    unit = {"unitText": price.unit.singular} if price.unit else {}
    return {"@type": "QuantitativeValue", **values, **unit}
