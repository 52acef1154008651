"""The catalog file as it was read: one class a table, and a field with `key(…)` for each key.

Rates are `Decimal` in major units, VAT rates fractions, days the merchant's. `path` is where in the
file a table stands. design.md §4.2 fixes the keys' meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pricingsite.models.catalog import DEFAULT_OPTION
from pricingsite.pricing import (
    STRUCTURES,
    TIER_NUMBERS,
    Aggregation,
    BillingFrequency,
    BillingType,
    Structure,
    StructureError,
    Tiered,
    structure_from_dict,
)
from pricingsite.services.catalog.brand import QuestionEntry
from pricingsite.services.catalog.conditions import conditions
from pricingsite.services.catalog.merchant_entry import MerchantEntry
from pricingsite.services.catalog.plan_tables import (
    by_id,
    contact,
    feature_value,
    limit,
)
from pricingsite.services.catalog.promotions import PromotionEntry, count
from pricingsite.services.catalog.toml_tables import (
    Key,
    Problems,
    Reader,
    Schema,
    accepted_keys,
    each,
    join,
    key,
    keys_of,
    only_tables,
    read_keys,
    table,
    tables,
)
from pricingsite.services.catalog.toml_values import (
    currency,
    day,
    decimal,
    flag,
    id_,
    lines,
    one_of,
    price_id,
    text,
)

# An event's quantity has at most 6 decimals and is at most 10⁹ (design.md §3.1).
_QUANTITY = {"places": 6, "at_most": 10**9}
_TIER = {name: Key(decimal(places=places), default=None) for name, places in TIER_NUMBERS.items()}


def _units_shown(found: Any, path: str, problems: Problems) -> Decimal | None:
    """How many whole units prices are shown for."""
    number: Decimal | None = decimal(places=0, at_most=10**9)(found, path, problems)
    if number is not None and not number:
        problems.add(path, f"expected at least 1, found {found}")
    return number or None


@only_tables
def _tier(found: dict[str, Any], path: str, problems: Problems) -> Any:
    read_keys(_TIER, found, path, problems)
    return found


_TIERS = {"tiers": Key(each(Reader(_tier, lambda where: accepted_keys(_TIER, where))))}
_STRUCTURE_KEYS = {
    model: _TIERS
    if issubclass(kind, Tiered)
    else {name: Key(decimal(places=places)) for name, places in kind.numbers.items()}
    | {n: Key(decimal(places=p), default=None) for n, p in kind.optional_numbers.items()}
    for model, kind in STRUCTURES.items()
}


class CatalogError(ValueError):
    """A catalog that cannot be applied; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEntry:
    """How events of a type become a quantity."""

    path: str
    id: str = key(id_)
    name: str | None = key(text, default=None)
    event_type: str = key(text)
    aggregation: Aggregation = key(one_of(*Aggregation))
    property: str | None = key(text, default=None)
    default: Decimal | None = key(decimal(**_QUANTITY), default=None)
    unit: str = key(text)
    unit_plural: str | None = key(text, default=None)
    display_per: Decimal | None = key(_units_shown, default=None)
    where: Mapping[str, str] | None = key(conditions, default=None)
    whole: bool | None = key(flag, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceEntry:
    """What a product costs; `structure` is None while a problem of it is reported."""

    path: str
    structure: Structure | None
    id: str = key(price_id)
    name: str | None = key(text, default=None)
    list_price: bool = key(flag, default=False)
    variant_of: str | None = key(price_id, default=None)
    replaces: str | None = key(price_id, default=None)
    valid_from: date | None = key(day, default=None)
    currency: str = key(currency)
    billing_frequency: str = key(one_of(*BillingFrequency))
    billing_type: str = key(one_of(*BillingType))
    metric: str | None = key(id_, default=None)
    prorate_flat_fees: bool = key(flag, default=False)
    per: str | None = key(text, default=None)
    per_plural: str | None = key(text, default=None)
    minimum_quantity: Decimal | None = key(decimal(**_QUANTITY), default=None)
    maximum_quantity: Decimal | None = key(decimal(**_QUANTITY), default=None)
    model: str = key(one_of(*_STRUCTURE_KEYS))


@only_tables
def _price(found: dict[str, Any], path: str, problems: Problems) -> PriceEntry:
    """A price: its model says which further keys there are."""
    model = found.get("model")
    structure_keys = _STRUCTURE_KEYS.get(model, {}) if isinstance(model, str) else {}
    # While the model itself is wrong, no key of any structure can be called unknown.
    elsewhere = dict.fromkeys(structure_keys or _EVERY_STRUCTURE_KEY, _READ_ELSEWHERE)
    own = keys_of(PriceEntry)
    values = read_keys(elsewhere | own, found, path, problems)
    structure = _structure(found, structure_keys, path, problems) if structure_keys else None
    return PriceEntry(path=path, structure=structure, **{name: values[name] for name in own})


def _structure(
    found: dict[str, Any], keys: dict[str, Key], path: str, problems: Problems
) -> Structure | None:
    """The pricing structure among a price's keys; whether it can rate is pricing's to say."""
    raw = {name: found[name] for name in keys if name in found}
    so_far = len(problems.lines)
    read_keys(keys, raw, path, problems)
    if len(problems.lines) > so_far:
        return None
    try:
        return structure_from_dict({"model": found["model"], **raw})
    except StructureError as error:
        problems.add(join(path, error.path) if error.path else path, error.message)
        return None


def _accepted_price(where: str) -> Schema:
    """A price's keys in JSON Schema: all of them, and then those of each model alone."""
    own = keys_of(PriceEntry)
    every = {name: key for keys in _STRUCTURE_KEYS.values() for name, key in keys.items()}
    schema = accepted_keys(own | every, where)
    schema["required"] = accepted_keys(own, where)["required"]
    by_model: Schema = {}
    for model, keys in _STRUCTURE_KEYS.items():
        others = dict.fromkeys(every.keys() - keys.keys(), False)
        by_model = {
            "if": {"required": ["model"], "properties": {"model": {"const": model}}},
            "then": {"required": accepted_keys(keys, where)["required"], "properties": others},
            "else": by_model,
        }
    return schema | by_model


_PRICE = Reader(_price, _accepted_price)
_READ_ELSEWHERE = Key(lambda *_: None, default=None)
_EVERY_STRUCTURE_KEY = {name for keys in _STRUCTURE_KEYS.values() for name in keys}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEntry:
    """What is provisioned, and its prices."""

    path: str
    id: str = key(id_)
    name: str = key(text)
    description: str | None = key(lines, default=None)
    prices: tuple[PriceEntry, ...] = key(tables(_PRICE), default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureEntry:
    """A row of the table that compares plans."""

    path: str
    id: str = key(id_)
    name: str = key(text)
    group: str | None = key(text, default=None)
    description: str | None = key(lines, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionEntry:
    """A way to pay a plan: list prices of one currency in their order."""

    path: str
    id: str = key(id_)
    prices: tuple[str, ...] = key(each(price_id, at_least=1))
    note: str | None = key(text, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOnEntry:
    """A price that may be added to an option of a plan, or to all of its currency."""

    path: str
    price: str = key(price_id)
    # The id of the option.
    with_: str | None = key(id_, default=None)
    maximum_quantity: Decimal | None = key(decimal(**_QUANTITY), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEntry:
    """What shoppers see: list prices in their order, options to choose from, or whom to talk to."""

    path: str
    id: str = key(id_)
    name: str = key(text)
    tagline: str | None = key(text, default=None)
    features: tuple[str, ...] = key(each(text), default=())
    faq: tuple[QuestionEntry, ...] = key(tables(table(QuestionEntry)), default=())
    values: Mapping[str, bool | str] = key(by_id(feature_value), default={})
    limits: Mapping[str, Decimal] = key(by_id(limit), default={})
    recommended: str | None = key(text, default=None)
    contact: str | None = key(contact, default=None)
    prices: tuple[str, ...] | None = key(each(price_id, at_least=1), default=None)
    options: tuple[OptionEntry, ...] = key(tables(table(OptionEntry)), default=())
    add_ons: tuple[AddOnEntry, ...] = key(tables(table(AddOnEntry)), default=())
    minimum: Decimal | None = key(decimal(), default=None)
    trial_days: int | None = key(count("days", 1, 365), default=None)
    trial_then: str | None = key(one_of("ends", "continues"), default=None)

    @property
    def ways_to_pay(self) -> tuple[OptionEntry, ...]:
        """Its options, or its prices as the one there is."""
        if self.prices is None:
            return self.options
        return (OptionEntry(path=self.path, id=DEFAULT_OPTION, prices=self.prices, note=None),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogDocument:
    """The whole file."""

    path: str
    merchant: MerchantEntry = key(table(MerchantEntry))
    metrics: tuple[MetricEntry, ...] = key(tables(table(MetricEntry)), default=())
    products: tuple[ProductEntry, ...] = key(tables(table(ProductEntry)), default=())
    features: tuple[FeatureEntry, ...] = key(tables(table(FeatureEntry)), default=())
    plans: tuple[PlanEntry, ...] = key(tables(table(PlanEntry)), default=())
    promotions: tuple[PromotionEntry, ...] = key(tables(table(PromotionEntry)), default=())

    @property
    def prices(self) -> tuple[PriceEntry, ...]:
        """Every product's prices, in the file's order."""
        return tuple(price for product in self.products for price in product.prices)
