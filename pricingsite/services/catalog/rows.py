"""The rows that a catalog document stands for: one record each, as the tables have them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from pricingsite.models.catalog import Feature, Plan, Price, Product, UsageMetric
from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.models.promotions import Promotion
from pricingsite.pricing import TaxShown, plain
from pricingsite.services.catalog.document import (
    CatalogDocument,
    FeatureEntry,
    MetricEntry,
    PlanEntry,
    PriceEntry,
)
from pricingsite.services.catalog.merchant_entry import MerchantEntry
from pricingsite.services.catalog.promotions import PromotionEntry

Row = Merchant | VatRateRow | UsageMetric | Product | Price | Feature | Plan | Promotion

NOUNS: dict[type[Row], str] = {
    Merchant: "merchant",
    VatRateRow: "VAT rate",
    UsageMetric: "metric",
    Product: "product",
    Price: "price",
    Feature: "feature",
    Plan: "plan",
    Promotion: "promotion code",
}


class Place(NamedTuple):
    """A price's place in an option of a plan, as the document has it."""

    option_id: str
    price_id: str
    add_on: bool = False
    maximum_quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A row as the document has it: its key, its columns, and where in the file it stands."""

    model: type[Row]
    id: Any
    path: str
    values: dict[str, Any]

    @property
    def label(self) -> str:
        """The record in a message, such as `price X`."""
        return _label(self.model, self.id)


def label(row: Row) -> str:
    """A row in a message, such as `price X`."""
    return _label(type(row), key_of(row))


def _label(model: type[Row], key: Any) -> str:
    if model is Merchant:
        return "merchant"
    return f"{NOUNS[model]} {f'from {key}' if model is VatRateRow else key}"


def key_of(row: Any) -> Any:
    """What a row is known by: its id, or the day a VAT rate is valid from."""
    return row.valid_from if isinstance(row, VatRateRow) else row.id


def records_of(document: CatalogDocument) -> Iterator[Record]:
    """The rows of a document, those that others refer to first."""
    merchant = document.merchant
    yield Record(Merchant, 1, merchant.path, _merchant_values(merchant))
    for rate in merchant.vat_rates or ():
        yield Record(VatRateRow, rate.valid_from, rate.path, {"rate": rate.rate})
    for n, metric in enumerate(document.metrics):
        yield Record(UsageMetric, metric.id, metric.path, _metric_values(metric, n))
    for n, product in enumerate(document.products):
        values = {"name": product.name, "description": product.description}
        yield Record(Product, product.id, product.path, _listed(values, n))
    yield from sorted(_price_records(document), key=lambda record: not record.values["list_price"])
    for n, feature in enumerate(document.features):
        yield Record(Feature, feature.id, feature.path, _feature_values(feature, n))
    currency_of = {price.id: price.currency for price in document.prices}
    for n, plan in enumerate(document.plans):
        yield Record(Plan, plan.id, plan.path, _plan_values(plan, n, currency_of))
    for n, one in enumerate(document.promotions):
        yield Record(Promotion, one.code, one.path, _listed(_promotion_values(one), n))


def _promotion_values(promotion: PromotionEntry) -> dict[str, Any]:
    names = (
        "amount", "currency", "periods", "new_customers_only", "valid_from", "valid_until",
        "maximum_redemptions",
    )  # fmt: skip
    values = {name: getattr(promotion, name) for name in names}
    rate = None if promotion.percent is None else promotion.percent / 100
    return {**values, "rate": rate, "plans": list(promotion.plans)}


def _listed(values: dict[str, Any], position: int) -> dict[str, Any]:
    # What is named is not archived: naming it again takes it back.
    return {**values, "position": position, "archived_at": None}


def _merchant_values(merchant: MerchantEntry) -> dict[str, Any]:
    names = (
        "name", "legal_name", "email", "timezone", "country", "registration", "registered_office",
        "vat_number", "how_to_pay", "iban", "bic", "sort_code", "account_number", "payment_days",
        "terms_version", "headline", "lede",
    )  # fmt: skip
    values = {name: getattr(merchant, name) for name in names}
    brand, tax = merchant.brand, merchant.tax
    accent = brand.accent if brand else None
    return {
        **values,
        "sells_to": list(merchant.sells_to),
        "tax_name": tax.name if tax else "VAT",
        "tax_shown": tax.shown if tax else TaxShown.EXCLUDED_AND_INCLUDED,
        "accent_light": accent.light if accent else None,
        "accent_dark": accent.dark if accent else None,
        "logo": brand.logo if brand else None,
        "faq": [one.values() for one in merchant.faq],
    }


def _metric_values(metric: MetricEntry, position: int) -> dict[str, Any]:
    names = (
        "event_type",
        "aggregation",
        "property",
        "default",
        "unit",
        "whole",
        "name",
        "display_per",
    )
    values = {name: getattr(metric, name) for name in names}
    values["where"] = dict(metric.where or {})
    return _listed({**values, "unit_plural": metric.unit_plural or f"{metric.unit}s"}, position)


def _price_records(document: CatalogDocument) -> Iterator[Record]:
    names = {price.id: price.name for price in document.prices}
    for product in document.products:
        for n, price in enumerate(product.prices):
            # A line on an invoice needs a name: a variant's is that of its list price.
            name = price.name or names.get(price.variant_of or "") or product.name
            values = {"name": name, "product_id": product.id, **_terms(price)}
            yield Record(Price, price.id, price.path, _listed(values, n))


def _terms(price: PriceEntry) -> dict[str, Any]:
    assert price.structure is not None  # noqa: S101 - a document that was read has no problems
    return {
        "list_price": price.list_price,
        "variant_of": price.variant_of,
        "replaces": price.replaces,
        "valid_from": price.valid_from,
        "currency": price.currency,
        "structure": price.structure.to_dict(),
        "billing_frequency": price.billing_frequency,
        "billing_type": price.billing_type,
        "metric_id": price.metric,
        "prorate_flat_fees": price.prorate_flat_fees,
        "per": price.per,
        "per_plural": price.per_plural,
        "minimum_quantity": price.minimum_quantity,
        "maximum_quantity": price.maximum_quantity,
    }


def _feature_values(feature: FeatureEntry, position: int) -> dict[str, Any]:
    return {
        "name": feature.name,
        "group_name": feature.group,
        "description": feature.description,
        "position": position,
    }


def _plan_values(plan: PlanEntry, position: int, currency_of: Mapping[str, str]) -> dict[str, Any]:
    values = {
        "name": plan.name,
        "tagline": plan.tagline,
        "features": list(plan.features),
        "faq": [one.values() for one in plan.faq],
        "feature_values": dict(plan.values),
        "limits": {name: plain(number) for name, number in plan.limits.items()},
        "recommended": plan.recommended,
        "contact": plan.contact,
        "options": [{"id": option.id, "note": option.note} for option in plan.ways_to_pay],
        "places": _places(plan, currency_of),
        "minimum": plan.minimum,
        "trial_days": plan.trial_days,
        "trial_then": (plan.trial_then or "ends") if plan.trial_days else None,
    }
    return _listed(values, position)


def _places(plan: PlanEntry, currency_of: Mapping[str, str]) -> list[Place]:
    """The places of a plan's prices and add-ons in its options.

    An add-on that names no option belongs to all of its currency.
    """
    found = []
    for option in plan.ways_to_pay:
        found += [Place(option.id, price) for price in option.prices]
        found += [
            Place(option.id, one.price, add_on=True, maximum_quantity=one.maximum_quantity)
            for one in plan.add_ons
            if option.id == one.with_
            or (not one.with_ and currency_of[one.price] == currency_of[option.prices[0]])
        ]
    return found
