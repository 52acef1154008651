"""Prices in words: each structure's sentence, its explanation, its bands, and its lines on a bill.

A structure's words are one class here. Money is written by the caller's `format_rate`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing import LineItem, PriceTerms, PricingError, Structure, Unit
from pricingsite.wording.quantities import in_units, number
from pricingsite.wording.rates import per_units, shown_rate
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


class _Including(StructureWords):
    """Prices of which units may be included."""

    def sentence(self, price: PriceTerms, rate: FormatRate) -> str:
        charged = self.charged(price, rate)
        included = price.structure.included
        if included is None:
            return charged
        return f"First {in_units(included, unit_of(price))} included, then {charged}"

    def charged(self, price: PriceTerms, rate: FormatRate) -> str:
        """What units cost that are not included."""
        raise NotImplementedError

    def explanation(self, price: PriceTerms, per: str) -> str:
        said, included = self.going_on(price, per), price.structure.included
        if included is None:
            return said
        first = in_units(included, unit_of(price))
        return f"After the first {first}, {said[0].lower()}{said[1:]}"

    def going_on(self, price: PriceTerms, per: str) -> str:
        """What going on using does to the price, of units that are not included."""
        return StructureWords.explanation(self, price, per)

    def line(self, line: LineItem) -> str:
        unit, band = unit_of(line.price), line.tier
        charged = self.charged_line(line)
        if band is None:
            return charged
        if band.last_unit is not None:
            return f"first {in_units(band.last_unit, unit)}, included"
        return f"{charged} after the first {number(band.first_unit - 1)}"

    def charged_line(self, line: LineItem) -> str:
        """What a line is for that is not of included units."""
        return StructureWords.line(self, line)


class _Linear(_Including):
    def charged(self, price: PriceTerms, rate: FormatRate) -> str:
        unit, unit_price = unit_of(price), price.structure.parts[0].amount
        each = rate(shown_rate(price, unit_price), price.currency)
        return f"{each} {per_units(price) or f'for each {unit.singular}'}"

    @property
    def tiers(self) -> TierWords:
        return _BANDS


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


class _Package(_Including):
    def charged(self, price: PriceTerms, rate: FormatRate) -> str:
        package, size = price.structure.parts[0], self._size(price.structure)
        each = rate(package.amount, price.currency)
        return f"{each} for each {in_units(size, unit_of(price))} or part of {number(size)}"

    def going_on(self, price: PriceTerms, per: str) -> str:
        del per
        return f"A package is charged in full from its first {unit_of(price).singular}."

    def charged_line(self, line: LineItem) -> str:
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


_BANDS = GraduatedWords()
_WORDS: Mapping[str, StructureWords] = {
    "fixed": _Fixed(),
    "linear": _Linear(),
    "package": _Package(),
    "percentage": _Percentage(),
    "graduated": _Tiered(_BANDS),
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
    if tiers is None or not price.structure.bands:
        return ()
    return tiers.labels(price.structure.bands, unit_of(price), price.currency, rate)


def each_unit(price: PriceTerms, unit_price: Decimal, rate: FormatRate) -> str:
    """What one unit of a price costs, or as many as it is shown for: `£0.45`, `2.9%`."""
    each = words_of(price).each(shown_rate(price, unit_price), price.currency, rate)
    per = per_units(price, unit_price)
    return f"{each} {per}" if per else each
