"""Prices in words: each structure's sentence, its explanation, its bands, and its lines on a bill.

A structure's words are one class here. Money is written by the caller's `format_rate`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing import LineItem, PriceTerms, PricingError, Structure, Unit
from pricingsite.wording.quantities import in_units, number
from pricingsite.wording.tiers import GraduatedWords, TierLabel, TierWords, VolumeWords

FormatRate = Callable[[Decimal, str], str]


class StructureWords:
    """What is said of prices of one structure; `per` is the price's period, such as "a month"."""

    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        """The price in one sentence, for e-mails and plain text."""
        raise NotImplementedError

    def explanation(self, price: PriceTerms, per: str) -> str:
        """What going on using does to the price."""
        del per
        return f"Every {unit_of(price).singular} costs the same."

    def line(self, line: LineItem) -> str:
        """What a line of a bill is for, after the price's name."""
        return unit_of(line.price).plural

    def each(self, unit_price: Decimal, currency: str, rate: FormatRate) -> str:
        """What one unit costs."""
        return rate(unit_price, currency)

    @property
    def tiers(self) -> TierWords | None:
        """The words of its tiers; None for a structure without tiers."""
        return None


def unit_of(price: PriceTerms) -> Unit:
    """The unit of a usage price. Raises `PricingError` for a fixed one."""
    if price.unit is None:
        raise PricingError(f"price {price.id}: only a usage price has a unit")
    return price.unit


class _Fixed(StructureWords):
    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        amount = rate(price.structure.parts[0].amount, price.currency)
        return f"{amount} per {price.unit.singular}" if price.unit else amount

    def explanation(self, price: PriceTerms, per: str) -> str:
        return f"{price.name} costs the same {per} at any usage."

    def line(self, line: LineItem) -> str:
        return in_units(line.quantity, line.price.unit) if line.price.unit else ""


class _Linear(StructureWords):
    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        each = rate(price.structure.parts[0].amount, price.currency)
        return f"{each} for each {unit_of(price).singular}"


class _Percentage(StructureWords):
    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        share = self.each(price.structure.parts[0].amount, price.currency, rate)
        return f"{share} of each {unit_of(price).singular}"

    def explanation(self, price: PriceTerms, per: str) -> str:
        del per
        return f"The percentage is the same for every {unit_of(price).singular}."

    def each(self, unit_price: Decimal, currency: str, rate: FormatRate) -> str:
        del currency, rate
        return f"{number(unit_price * 100)}%"


class _Package(StructureWords):
    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        package, size = price.structure.parts[0], self._size(price.structure)
        each = rate(package.amount, price.currency)
        return f"{each} for each {in_units(size, unit_of(price))} or part of {number(size)}"

    def explanation(self, price: PriceTerms, per: str) -> str:
        del per
        return f"A package is charged in full from its first {unit_of(price).singular}."

    def line(self, line: LineItem) -> str:
        return f"packages of {in_units(self._size(line.price.structure), unit_of(line.price))}"

    def _size(self, structure: Structure) -> Decimal:
        return structure.parts[0].per or Decimal(1)


@dataclass(frozen=True, slots=True)
class _Tiered(StructureWords):
    words: TierWords

    @property
    def tiers(self) -> TierWords:
        return self.words

    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        first, *rest = (f"{label.range}: {label.price}" for label in tier_labels(price, rate))
        return "; ".join([first, *(text[0].lower() + text[1:] for text in rest)])

    def explanation(self, price: PriceTerms, per: str) -> str:
        if price.structure.bands[0].last_unit is None:
            return StructureWords.explanation(self, price, per)
        return self.words.explanation(price.structure.bands, unit_of(price), per)

    def line(self, line: LineItem) -> str:
        return self.words.line(line, unit_of(line.price))


_WORDS: Mapping[str, StructureWords] = {
    "fixed": _Fixed(),
    "linear": _Linear(),
    "package": _Package(),
    "percentage": _Percentage(),
    "graduated": _Tiered(GraduatedWords()),
    "volume": _Tiered(VolumeWords()),
}


def words_of(price: PriceTerms) -> StructureWords:
    """The words of a price's structure."""
    return _WORDS[price.structure.model]


def price_sentence(price: PriceTerms, rate: FormatRate) -> str:
    """A price in one sentence: `£0.45 for each API call`."""
    return words_of(price).sentence(price, rate)


def tier_labels(price: PriceTerms, rate: FormatRate) -> tuple[TierLabel, ...]:
    """Every tier of a price in words; none for a price without tiers."""
    tiers = words_of(price).tiers
    if tiers is None:
        return ()
    return tiers.labels(price.structure.bands, unit_of(price), price.currency, rate)


def each_unit(price: PriceTerms, unit_price: Decimal, rate: FormatRate) -> str:
    """What one unit of a price costs: `£0.45`, `2.9%`."""
    return words_of(price).each(unit_price, price.currency, rate)
