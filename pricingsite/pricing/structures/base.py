"""What every pricing structure can say: its charge, its bands, its corners, its parts.

A structure that exists is a valid one. Rates are `Decimal` in major units with up to 12 places,
quantities have up to 6; amounts here are exact, before any rounding.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from pricingsite.pricing.errors import NumberError, StructureError
from pricingsite.pricing.money import MOST_A_MONTH, RATE_PLACES, check_number, parse_decimal, plain

ZERO = Decimal(0)
ONE = Decimal(1)
# Where a price has no bounds, examples start where usage comes to about ten of the currency.
_NOTICEABLE_DIGITS = 1
_FREE_QUANTITY = Decimal(1000)

# A quantity, and what it costs.
Vertex = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A part of a charge that is one line of a bill: quantity x unit price + flat fee."""

    quantity: Decimal
    unit_price: Decimal
    flat_fee: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class BandCharge(ChargeLine):
    """What the units of one range come to; its range is that of its `TierBand`."""

    first_unit: Decimal
    last_unit: Decimal | None


@dataclass(frozen=True, slots=True)
class TierCharge(BandCharge):
    """What one reached tier comes to."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a quantity costs: exact, in major units, with the lines that explain it."""

    amount: Decimal
    lines: tuple[ChargeLine, ...]

    @property
    def tiers(self) -> tuple[TierCharge, ...]:
        """The tiers reached; none for a structure without tiers."""
        return tuple(line for line in self.lines if isinstance(line, TierCharge))


@dataclass(frozen=True, slots=True)
class TierBand:
    """A range of units as it is shown, of a tier or of what is included.

    `first_unit` is display only: the bound before it and 1, or 0.
    """

    first_unit: Decimal
    last_unit: Decimal | None
    unit_price: Decimal
    flat_fee: Decimal

    @property
    def bound_before(self) -> Decimal:
        """The upper bound of the tier before it, 0 for the first."""
        return self.first_unit - 1 if self.first_unit else self.first_unit


@dataclass(frozen=True, slots=True)
class PricePart:
    """One of the prices that a structure is made of: `amount` for each `per` units.

    Without `per` it is a fee. `band` is the range that it is for, where it is not for all.
    """

    amount: Decimal
    per: Decimal | None = None
    band: TierBand | None = None


class Structure(ABC):
    """How a quantity becomes money.

    `numbers` are the keys of its document beside `model`, with the decimal places of each;
    `optional_numbers` may be left out. `always_rises` says that more units never cost less,
    `has_unit_prices` that each unit has a price of its own, `is_share` that it is a share of money.
    """

    __slots__ = ()

    model: ClassVar[str]
    numbers: ClassVar[Mapping[str, int]] = {}
    optional_numbers: ClassVar[Mapping[str, int]] = {}
    is_usage: ClassVar[bool] = True
    has_flat_fees: ClassVar[bool] = False
    always_rises: ClassVar[bool] = True
    has_unit_prices: ClassVar[bool] = False
    is_share: ClassVar[bool] = False

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """The structure of a document whose model is this one's. Raises `StructureError`."""
        refuse_unknown(document, {"model", *cls.numbers, *cls.optional_numbers})
        for key in cls.numbers:
            if key not in document:
                raise StructureError("missing", key)
        found = {key: text for key, text in document.items() if key != "model"}
        return cls(**{key: read_number(text, key) for key, text in found.items()})

    def to_dict(self) -> dict[str, Any]:
        """The document again: decimal strings without trailing zeros."""
        keys = (*self.numbers, *self.optional_numbers)
        numbers = {key: getattr(self, key) for key in keys}
        said = {key: plain(number) for key, number in numbers.items() if number is not None}
        return {"model": self.model, **said}

    def __post_init__(self) -> None:
        for key, places in self.numbers.items():
            check_field(getattr(self, key), key, places)
        for key, places in self.optional_numbers.items():
            if (number := getattr(self, key)) is not None:
                check_field(number, key, places)

    @abstractmethod
    def lines(self, units: Decimal) -> tuple[ChargeLine, ...]:
        """What a checked quantity costs, a part for each line of a bill."""

    @property
    @abstractmethod
    def parts(self) -> tuple[PricePart, ...]:
        """The prices that it is made of, for those who print them one by one."""

    @property
    def bands(self) -> tuple[TierBand, ...]:
        """Every range with a unit price of its own, for display; none where all units are alike."""
        return ()

    @property
    def included(self) -> Decimal | None:
        """How many units cost nothing beyond the first tier's fee; None where all are charged."""
        return None

    @property
    def least_is_at_zero(self) -> bool:
        """Whether no quantity costs less than none."""
        return True

    def units_until_change(self, units: Decimal) -> Decimal | None:  # noqa: ARG002
        """How many more units until a further one costs differently; None when it never does."""
        return None

    def corners(self, upto: Decimal) -> Iterator[Vertex]:  # noqa: ARG002
        """The corners of its cost between 0 and a quantity, two at a jump."""
        return iter(())

    def example_quantities(self) -> tuple[Decimal, ...]:
        """Quantities from 0 on at which a price without bounds is best explained."""
        rate = max((part.amount / part.per for part in self.parts if part.per), default=ZERO)
        base = _FREE_QUANTITY
        if rate:
            base = Decimal(10 ** max(0, _NOTICEABLE_DIGITS - rate.adjusted()))
        base = min(base, Decimal(MOST_A_MONTH // 10))
        return (ZERO, base, base * 2, base * 5, base * 10)

    def first_look(self) -> tuple[Decimal, ...]:
        """Three of these, for a first look."""
        return self.example_quantities()[:3]


def refuse_unknown(document: Mapping[str, Any], known: set[str], prefix: str = "") -> None:
    """Raise `StructureError` for a key of a document that is not known."""
    for key in document:
        if key not in known:
            raise StructureError(f"unknown key: use {', '.join(sorted(known))}", f"{prefix}{key}")


def read_number(text: object, path: str) -> Decimal:
    """A number of a document; `StructureError` names its place."""
    try:
        return parse_decimal(text)
    except NumberError as error:
        raise StructureError(str(error), path) from error


def check_field(value: Decimal, path: str, places: int = RATE_PLACES) -> None:
    """Raise `StructureError` where a number has no place in a structure."""
    try:
        check_number(value, places=places)
    except NumberError as error:
        raise StructureError(str(error), path) from error
