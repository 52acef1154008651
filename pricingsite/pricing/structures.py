"""Pricing structures: the five ways a quantity becomes money (design.md §4.1, a fixed contract).

Rates are `Decimal` in major units with up to 12 places; upper bounds are inclusive quantities with
up to 6. A structure that exists is a valid one; `charge` rates with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from pricingsite.pricing.errors import NumberError, StructureError
from pricingsite.pricing.money import (
    QUANTITY_PLACES,
    RATE_PLACES,
    check_number,
    parse_decimal,
    plain,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a structure, up to and including `upper_bound`; None is the last one's.

    It is checked by the structure that holds it, whose message can say which tier it is.
    """

    upper_bound: Decimal | None = None
    unit_price: Decimal = ZERO
    flat_fee: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Fixed:
    """An amount whatever the usage."""

    model: ClassVar[str] = "fixed"
    amount: Decimal

    def __post_init__(self) -> None:
        _check(self.amount, "amount")


@dataclass(frozen=True, slots=True)
class Linear:
    """One unit price for every unit."""

    model: ClassVar[str] = "linear"
    unit_price: Decimal

    def __post_init__(self) -> None:
        _check(self.unit_price, "unit_price")


@dataclass(frozen=True, slots=True)
class Package:
    """A price for each package of units begun."""

    model: ClassVar[str] = "package"
    package_size: Decimal
    package_price: Decimal

    def __post_init__(self) -> None:
        _check(self.package_size, "package_size", QUANTITY_PLACES)
        if not self.package_size:
            raise StructureError("a package must hold more than 0 units", "package_size")
        _check(self.package_price, "package_price")


@dataclass(frozen=True, slots=True)
class Volume:
    """The tier that the whole quantity reaches prices every unit, and charges its fee alone."""

    model: ClassVar[str] = "volume"
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        _check_tiers(self.tiers)


@dataclass(frozen=True, slots=True)
class Graduated:
    """Each tier prices the units that lie in it; fees add up as tiers are reached."""

    model: ClassVar[str] = "graduated"
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        _check_tiers(self.tiers)


Structure = Fixed | Linear | Package | Volume | Graduated
_MODELS = "fixed, linear, package, volume or graduated"


def is_usage(structure: Structure) -> bool:
    """Whether the amount depends on a quantity: every model but fixed."""
    return not isinstance(structure, Fixed)


def structure_from_dict(document: Mapping[str, Any]) -> Structure:
    """A structure from its contract's form: `model` and decimal strings (design.md §4.1).

    Raises `StructureError`, whose `path` names the place, for anything missing, unknown or wrong.
    """
    if not isinstance(document, Mapping):
        raise StructureError(f"a structure is a table with a model, not {document!r}")
    match document.get("model"):
        case "fixed":
            return Fixed(*_numbers(document, "amount"))
        case "linear":
            return Linear(*_numbers(document, "unit_price"))
        case "package":
            return Package(*_numbers(document, "package_size", "package_price"))
        case "volume":
            return Volume(_tiers(document))
        case "graduated":
            return Graduated(_tiers(document))
        case None:
            raise StructureError(f"a model is missing: use {_MODELS}", "model")
        case other:
            raise StructureError(f"{other!r} is not a model: use {_MODELS}", "model")


def structure_to_dict(structure: Structure) -> dict[str, Any]:
    """The structure as `structure_from_dict` reads it; equal structures give equal tables.

    Decimal strings without trailing zeros; a tier's zero unit price or flat fee is left out.
    """
    document: dict[str, Any] = {"model": structure.model}
    match structure:
        case Fixed(amount):
            document["amount"] = plain(amount)
        case Linear(unit_price):
            document["unit_price"] = plain(unit_price)
        case Package(package_size, package_price):
            document["package_size"] = plain(package_size)
            document["package_price"] = plain(package_price)
        case Volume(tiers) | Graduated(tiers):
            document["tiers"] = [_tier_to_dict(tier) for tier in tiers]
    return document


def _tier_to_dict(tier: Tier) -> dict[str, str]:
    document = {} if tier.upper_bound is None else {"upper_bound": plain(tier.upper_bound)}
    if tier.unit_price:
        document["unit_price"] = plain(tier.unit_price)
    if tier.flat_fee:
        document["flat_fee"] = plain(tier.flat_fee)
    return document


def _numbers(document: Mapping[str, Any], *keys: str) -> list[Decimal]:
    _refuse_unknown(document, {"model", *keys})
    for key in keys:
        if key not in document:
            raise StructureError("missing", key)
    return [_number(document[key], key) for key in keys]


def _tiers(document: Mapping[str, Any]) -> tuple[Tier, ...]:
    _refuse_unknown(document, {"model", "tiers"})
    tiers = document.get("tiers", ())
    if not isinstance(tiers, list | tuple):
        raise StructureError(f"tiers are a list, not {tiers!r}", "tiers")
    return tuple(_tier(tier, f"tiers[{index}]") for index, tier in enumerate(tiers))


def _tier(document: object, path: str) -> Tier:
    if not isinstance(document, Mapping):
        raise StructureError(f"a tier is a table, not {document!r}", path)
    _refuse_unknown(document, {"upper_bound", "unit_price", "flat_fee"}, f"{path}.")
    return Tier(**{key: _number(text, f"{path}.{key}") for key, text in document.items()})


def _refuse_unknown(document: Mapping[str, Any], known: set[str], prefix: str = "") -> None:
    for key in document:
        if key not in known:
            raise StructureError(f"unknown key: use {', '.join(sorted(known))}", f"{prefix}{key}")


def _number(text: object, path: str) -> Decimal:
    try:
        return parse_decimal(text)
    except NumberError as error:
        raise StructureError(str(error), path) from error


def _check(value: Decimal, path: str, places: int = RATE_PLACES) -> None:
    try:
        check_number(value, places=places)
    except NumberError as error:
        raise StructureError(str(error), path) from error


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    if not tiers:
        raise StructureError("at least one tier is needed", "tiers")
    lower = ZERO
    for index, tier in enumerate(tiers):
        path = f"tiers[{index}]"
        _check(tier.unit_price, f"{path}.unit_price")
        _check(tier.flat_fee, f"{path}.flat_fee")
        _check_bound(tier, lower, path, last=index == len(tiers) - 1)
        lower = tier.upper_bound or lower


def _check_bound(tier: Tier, lower: Decimal, path: str, *, last: bool) -> None:
    if last:
        if tier.upper_bound is not None:
            raise StructureError("the last tier must not have an upper bound", path)
        return
    if tier.upper_bound is None:
        raise StructureError("an upper bound is missing: only the last tier has none", path)
    _check(tier.upper_bound, f"{path}.upper_bound", QUANTITY_PLACES)
    if tier.upper_bound <= lower:
        bound, before = plain(tier.upper_bound), plain(lower)
        raise StructureError(f"upper bounds must rise: {bound} is not more than {before}", path)
