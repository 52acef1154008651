"""One Stripe price as the keys of a catalog price; or why it cannot be carried exactly.

Amounts of Stripe are in minor units, with up to 12 decimals; those of the catalog in major units.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pricingsite.integrations.stripe.export import Thing
from pricingsite.pricing import (
    MoneyError,
    StructureError,
    decimals_of,
    exact_context,
    plain,
    structure_from_dict,
)
from pricingsite.pricing.money import places_of

# Stripe's own minor units where they are not two; it still writes ISK and UGX with two.
_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD JOD KWD OMR TND"
_DECIMALS = {**dict.fromkeys(_NO_DECIMALS.split(), 0), **dict.fromkeys(_THREE_DECIMALS.split(), 3)}
# What is counted, where Stripe does not say.
UNIT = "unit"
_MOST_PLACES = 12
_CENTS = 2
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_FREQUENCIES = {
    "1 month": "monthly",
    "3 month": "quarterly",
    "6 month": "half_yearly",
    "12 month": "yearly",
    "1 year": "yearly",
}


class NotCarriedError(ValueError):
    """Something that the catalog cannot say as Stripe does."""


def price_keys(
    price: Thing, own: Thing, currency: str, *, metric: str | None = None, per: str | None = None
) -> dict[str, Any]:
    """The keys of a price in a currency, `own` holding what depends on it.

    A price for usage has a metric; `per` is what any other is sold by quantity of. Raises
    `NotCarriedError` with the reason.
    """
    refuse_unlike(price, own)
    structure = _usage(price, own, currency) if metric else _bought(price, own, currency)
    counted = {"metric": metric, "per": None if metric else per}
    try:
        structure_from_dict(structure)
    except StructureError as error:
        raise NotCarriedError(f"{error.path}: {error.message}") from None
    return {
        "currency": currency,
        "billing_frequency": _frequency(price),
        "billing_type": "in_arrears" if metric else "in_advance",
        **{key: name for key, name in counted.items() if name},
        **structure,
    }


def is_metered(price: Thing) -> bool:
    """Whether it is charged by usage that is known afterwards."""
    return _recurring(price).get("usage_type") == "metered"


def currencies_of(price: Thing) -> Iterator[tuple[str, Thing]]:
    """Its currency, and others that it has amounts in, each with what depends on it."""
    first = str(price.get("currency", "")).upper()
    yield first, price
    for code, own in mapping(price.get("currency_options")).items():
        if code.upper() != first:
            yield code.upper(), mapping(own)


def trial_of(price: Thing) -> Any:
    """How many days of a subscription are free, as the export says it."""
    return _recurring(price).get("trial_period_days")


def sold_by(price: Thing, product: Thing) -> str | None:
    """What a price is sold by quantity of: what its product is counted in, if that is said."""
    label = product.get("unit_label")
    if is_metered(price) or not (label or price.get("billing_scheme") == "tiered"):
        return None
    return str(label or UNIT)


def remarks_on(price: Thing, product: Thing) -> Iterator[str]:
    """What of a price that is carried the catalog leaves out, or says otherwise."""
    per = sold_by(price, product)
    if per and not product.get("unit_label"):
        yield f"per {per}: Stripe does not name what is bought"
    elif not (per or is_metered(price)):
        yield "for a quantity of one, which is what Stripe takes where none is said"
    tiers = price.get("tiers")
    first = mapping(tiers[0]) if isinstance(tiers, list) and tiers else {}
    if is_metered(price) and _amount(first, "flat_amount"):
        yield "its first flat fee is due at zero usage too"
    for key in ("lookup_key", "metadata"):
        if price.get(key):
            yield f"without its {key}"


def refuse_unlike(price: Thing, own: Thing) -> None:
    """Raise `NotCarriedError` for what no price of the catalog is."""
    if price.get("active") is False:
        raise NotCarriedError("it is archived")
    if own.get("custom_unit_amount"):
        raise NotCarriedError("customers choose its amount")
    if own.get("tax_behavior") == "inclusive":
        raise NotCarriedError("its amounts include tax, and those of the catalog do not")


def _frequency(price: Thing) -> str:
    if price.get("type") == "one_time":
        return "one_time"
    recurring = _recurring(price)
    interval, times = recurring.get("interval"), recurring.get("interval_count", 1)
    if found := _FREQUENCIES.get(f"{times} {interval}"):
        return found
    every = f"{interval}" if times == 1 else f"{times} {interval}s"
    raise NotCarriedError(
        f"it is billed every {every}; a price of the catalog is billed once, or every month, "
        "quarter, half-year or year"
    )


def _bought(price: Thing, own: Thing, currency: str) -> dict[str, Any]:
    if price.get("billing_scheme") == "tiered":
        return _tiers(price, own, currency)
    if price.get("transform_quantity"):
        raise NotCarriedError("it is sold by quantity in packages")
    return {"model": "fixed", "amount": _needed(own, "unit_amount", currency)}


def _usage(price: Thing, own: Thing, currency: str) -> dict[str, Any]:
    if price.get("billing_scheme") == "tiered":
        return _tiers(price, own, currency)
    each = _needed(own, "unit_amount", currency)
    transform = mapping(price.get("transform_quantity"))
    if not transform:
        return {"model": "linear", "unit_price": each}
    if transform.get("round") != "up":
        raise NotCarriedError("packages that are not full are free, and the catalog charges them")
    size = plain(_number(transform.get("divide_by"), "transform_quantity.divide_by"))
    return {"model": "package", "package_size": size, "package_price": each}


def _tiers(price: Thing, own: Thing, currency: str) -> dict[str, Any]:
    mode = price.get("tiers_mode")
    if mode not in ("graduated", "volume"):
        raise NotCarriedError(f"its tiers_mode is {mode}")
    if price.get("transform_quantity"):
        raise NotCarriedError("its tiers count packages")
    tiers = own.get("tiers")
    if not isinstance(tiers, list) or not tiers:
        raise NotCarriedError(
            "its tiers are not in the export: ask for them by expand[]=data.tiers"
        )
    return {"model": mode, "tiers": [_tier(mapping(tier), currency) for tier in tiers]}


def _tier(tier: Thing, currency: str) -> dict[str, str]:
    up_to = tier.get("up_to")
    bound = (
        {} if up_to is None or up_to == "inf" else {"upper_bound": plain(_number(up_to, "up_to"))}
    )
    amounts = {"unit_price": "unit_amount", "flat_fee": "flat_amount"}
    found = {key: _amount(tier, name) for key, name in amounts.items()}
    return bound | {key: _major(minor, currency) for key, minor in found.items() if minor}


def _needed(own: Thing, name: str, currency: str) -> str:
    minor = _amount(own, name)
    if minor is None:
        raise NotCarriedError(f"its {name} is not in the export")
    return _major(minor, currency)


def _amount(own: Thing, name: str) -> Decimal | None:
    """An amount in minor units: the exact one, or else the whole one."""
    for key in (f"{name}_decimal", name):
        if own.get(key) is not None:
            return _number(own[key], key)
    return None


def _major(minor: Decimal, currency: str) -> str:
    try:
        if decimals_of(currency) > _CENTS and currency not in _DECIMALS:
            raise NotCarriedError(f"it is not known how many decimals Stripe gives {currency}")
    except MoneyError as error:
        raise NotCarriedError(str(error)) from None
    with exact_context():
        major = minor.scaleb(-_DECIMALS.get(currency, _CENTS))
    if places_of(major) > _MOST_PLACES:
        raise NotCarriedError(f"{plain(major)} has more than {_MOST_PLACES} decimals")
    return plain(major)


def _number(value: Any, key: str) -> Decimal:
    # True is an int by inheritance only.
    if not isinstance(value, bool) and _NUMBER.fullmatch(str(value)):
        return Decimal(str(value))
    raise NotCarriedError(f"its {key} is no number from 0 on: {value!r}")


def _recurring(price: Thing) -> Thing:
    return mapping(price.get("recurring"))


def mapping(value: Any) -> Thing:
    """An object of the export; an empty one where there is something else."""
    return value if isinstance(value, Mapping) else {}
