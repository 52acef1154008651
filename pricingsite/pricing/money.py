"""Money in whole minor units of one currency, and the plain decimals that rates are written in.

Amounts on bills are `Money`; rates and exact amounts before rounding are `Decimal` or `Fraction`
in major units. Rounding is half up, away from zero, and happens in `_half_up` alone.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from functools import lru_cache, total_ordering
from typing import Self

from pricingsite.pricing.errors import CurrencyMismatchError, MoneyError, NumberError

# ISO 4217's minor units where they are not two.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
CURRENCY_DECIMALS = {
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
}
RATE_PLACES = 12
QUANTITY_PLACES = 6
# Before the point. A rate times a quantity then has at most 48 digits, well within the exact 60.
MOST_DIGITS = 15
# What a customer's metric may come to in a calendar month, in units (design.md §3.1).
MOST_A_MONTH = 10**12
_EXACT = Context(
    prec=60, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, FloatOperation]
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_PLAIN_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@lru_cache(maxsize=256)
def decimals_of(currency: str) -> int:
    """How many decimals a currency's amounts have: 2 for GBP, 0 for JPY, 3 for KWD."""
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise MoneyError(f"{currency!r} is not a currency code such as GBP")
    return CURRENCY_DECIMALS.get(currency, 2)


def exact_context() -> AbstractContextManager[Context]:
    """A decimal context of 60 digits in which anything inexact raises (design.md §3.1)."""
    return localcontext(_EXACT)


def plain(value: Decimal) -> str:
    """A number as a plain decimal string: no exponent, no trailing zeros, no minus zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def places_of(value: Decimal) -> int:
    """How many decimals a finite number needs; trailing zeros do not count."""
    _, digits, exponent = value.as_tuple()
    if not value or not isinstance(exponent, int) or exponent >= 0:
        return 0
    if digits[-1]:
        return -exponent
    significant = "".join(map(str, digits)).rstrip("0")
    return max(0, -(exponent + len(digits) - len(significant)))


def _is_written_within(value: Decimal, places: int) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -places


def check_number(value: object, *, places: int, what: str = "the number") -> Decimal:
    """The value if it is a finite `Decimal`, zero or more, that fits; `NumberError` otherwise."""
    if not isinstance(value, Decimal):
        kind = type(value).__name__
        raise NumberError(f"{what} must be an exact decimal, not {kind}: {value!r}")
    if not value.is_finite():
        raise NumberError(f"{what} must be a number, not {value}")
    if value < 0:
        raise NumberError(f"{what} must not be negative: {value}")
    if value.adjusted() >= MOST_DIGITS and value:
        raise NumberError(f"{what} has at most {MOST_DIGITS} digits before the point: {value}")
    # Most numbers fit as they are written; counting out trailing zeros takes longer.
    if not _is_written_within(value, places) and places_of(value) > places:
        raise NumberError(f"{what} has at most {places} decimal places: {value}")
    return value


def parse_decimal(text: object, *, places: int = RATE_PLACES) -> Decimal:
    """A number, zero or more, from its plain decimal string.

    Exponents, separators, a plus sign, surrounding space and anything that is not a string (a JSON
    or TOML number has often been a float already) raise `NumberError`.
    """
    if not isinstance(text, str):
        kind = type(text).__name__
        raise NumberError(f'the number must be written in quotes, such as "0.45", not as {kind}')
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise NumberError(f'the number must be a plain decimal such as "0.45", not "{text}"')
    return check_number(Decimal(text), places=places)


def _half_up(numerator: int, denominator: int) -> int:
    """A fraction as the nearest whole number, the half away from zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units: `Money(142565, "GBP")` is £1,425.65.

    Adding, subtracting and ordering raise `CurrencyMismatchError` across currencies; amounts of
    different currencies are never equal.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        # bool is an int by inheritance only: True is no amount.
        if type(self.minor) is not int:
            raise MoneyError(f"an amount is a whole number of minor units, not {self.minor!r}")
        decimals_of(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """No money, of a currency."""
        return cls(0, currency)

    @classmethod
    def rounded(cls, exact: Decimal | Fraction, currency: str) -> Self:
        """An exact amount in major units, rounded once to minor units, half away from zero."""
        if not isinstance(exact, Decimal | Fraction):
            raise MoneyError(f"an exact amount is a Decimal or a Fraction, not {exact!r}")
        numerator, denominator = exact.as_integer_ratio()
        return cls(_half_up(numerator * 10 ** decimals_of(currency), denominator), currency)

    @classmethod
    def total(cls, amounts: Iterable[Self], currency: str) -> Self:
        """What amounts of a currency come to together."""
        minor = 0
        for amount in amounts:
            if amount.currency != currency:
                raise CurrencyMismatchError(f"{currency} and {amount.currency} cannot be mixed")
            minor += amount.minor
        return cls(minor, currency)

    def times(self, factor: Decimal) -> Self:
        """A part of the amount, or a multiple of it; rounded once, half away from zero."""
        numerator, denominator = factor.as_integer_ratio()
        return type(self)(_half_up(self.minor * numerator, denominator), self.currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact, with its currency's decimals."""
        with exact_context():
            return Decimal(self.minor).scaleb(-decimals_of(self.currency))

    def __str__(self) -> str:
        return f"{self.amount:f}"

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        self._check_same(other)
        return Money(self.minor + other.minor, self.currency)

    def __radd__(self, other: int) -> "Money":
        # sum() starts at the number 0.
        return self if other == 0 and isinstance(other, int) else NotImplemented

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return self + -other

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._check_same(other)
        return self.minor < other.minor

    def _check_same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} cannot be mixed")
