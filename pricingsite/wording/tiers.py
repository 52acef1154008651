"""Tiers in words: the range of each, its price, and the line that takes away the usual fear."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing import BandCharge, LineItem, TierBand, Unit
from pricingsite.wording.quantities import in_units, number, unit_name
from pricingsite.wording.rates import each_of

FormatRate = Callable[[Decimal, str], str]


@dataclass(frozen=True, slots=True)
class TierLabel:
    """A tier in words.

    `tone` is "good" where units are included, "warm" where one costs the most, "" elsewhere.
    """

    range: str
    price: str
    reassurance: str
    tone: str


class TierWords:
    """What graduated and volume tiers have in common."""

    def labels(
        self, bands: Sequence[TierBand], unit: Unit, currency: str, rate: FormatRate
    ) -> tuple[TierLabel, ...]:
        """Every tier in words."""
        dearest = _dearest(bands)
        return tuple(
            TierLabel(
                range=self.range(band, unit),
                price=_price(band, unit, currency, rate),
                reassurance=self.reassurance(band, unit),
                tone=_tone(band, dearest),
            )
            for band in bands
        )

    def range(self, band: TierBand, unit: Unit) -> str:
        """The units of a tier."""
        raise NotImplementedError

    def reassurance(self, band: TierBand, unit: Unit) -> str:
        """What the tier does not do to units before it."""
        raise NotImplementedError

    def explanation(self, bands: Sequence[TierBand], unit: Unit, per: str) -> str:
        """What reaching a further tier does."""
        raise NotImplementedError

    def line(self, line: LineItem, unit: Unit) -> str:
        """What a line of a bill is for, after the price's name."""
        raise NotImplementedError


class GraduatedWords(TierWords):
    """Each tier prices its own units."""

    def range(self, band: TierBand, unit: Unit) -> str:
        """`First 1,000 API calls`, `Next 1,500 (1,001 to 2,500)`, `Every API call after 2,500`."""
        before, last = band.bound_before, band.last_unit
        if last is None:
            return f"Every {unit.singular}" + (f" after {number(before)}" if before else "")
        if not before:
            return f"First {in_units(last, unit)}"
        return f"Next {number(last - before)} ({_from_to(band, 'after')})"

    def reassurance(self, band: TierBand, unit: Unit) -> str:
        """`whether or not you use them`."""
        if not band.first_unit:
            only_fee = band.flat_fee and not band.unit_price
            return "whether or not you use them" if only_fee else ""
        if band.last_unit is None:
            return f"earlier {unit.plural} keep their price"
        return "on top of the earlier bands"

    def explanation(self, bands: Sequence[TierBand], unit: Unit, per: str) -> str:
        """Reaching the last band changes nothing before it."""
        del per
        last = number(bands[-1].bound_before)
        return f"Going over {last} does not change the price of your earlier {unit.plural}."

    def line(self, line: LineItem, unit: Unit) -> str:
        """`API calls 1,001 to 2,500`."""
        band = _band(line)
        before = band.bound_before
        if band.last_unit is None:
            return f"{unit.plural} after {number(before)}" if before else unit.plural
        if not band.first_unit:
            return f"first {in_units(band.last_unit, unit)}"
        return f"{unit_name(band.last_unit - before, unit)} {_from_to(band, 'after')}"


class VolumeWords(TierWords):
    """The tier reached prices every unit."""

    def range(self, band: TierBand, unit: Unit) -> str:
        """`Up to 1,000 API calls`, `1,001 to 2,500 API calls`, `More than 2,500 API calls`."""
        before, last = band.bound_before, band.last_unit
        if last is None:
            return f"More than {in_units(before, unit)}" if before else f"Every {unit.singular}"
        if not before:
            return f"Up to {in_units(last, unit)}"
        words = _from_to(band, "more than")
        return f"{words[0].upper()}{words[1:]} {unit.plural}"

    def reassurance(self, band: TierBand, unit: Unit) -> str:
        """`this rate then applies to every API call`."""
        if not band.first_unit and band.last_unit is None:
            return ""
        if not (band.flat_fee or band.unit_price):
            return f"every {unit.singular} is free in this band"
        if not band.flat_fee:
            return f"this rate then applies to every {unit.singular}"
        if not band.unit_price:
            return f"this fee then covers every {unit.singular}"
        return f"one fee, and this rate then applies to every {unit.singular}"

    def explanation(self, bands: Sequence[TierBand], unit: Unit, per: str) -> str:
        """Reaching a further band changes the price of all units."""
        del bands
        return (
            f"One rate applies to all {unit.plural} of {per}: when you reach the next band, its "
            f"rate applies to the earlier {unit.plural} too."
        )

    def line(self, line: LineItem, unit: Unit) -> str:
        """`1,200 API calls at the 1,001 to 2,500 rate`."""
        rate = self._rate(_band(line))
        return in_units(line.quantity, unit) + (f" at the {rate} rate" if rate else "")

    def _rate(self, band: TierBand) -> str:
        before = band.bound_before
        if band.last_unit is None:
            return f"over {number(before)}" if before else ""
        return _from_to(band, "over") if before else f"up to {number(band.last_unit)}"


def _band(line: LineItem) -> TierBand:
    tier = line.tier
    assert isinstance(tier, BandCharge)  # noqa: S101 - a line of tiers is one tier's
    return TierBand(tier.first_unit, tier.last_unit, tier.unit_price, tier.flat_fee)


def _from_to(band: TierBand, beyond: str) -> str:
    """The units of a bounded later tier: "1,001 to 2,500"; "after 1,000.5, up to 2,500"."""
    before, last = band.bound_before, band.last_unit
    if last is None or before % 1:
        # No first unit can be named after half a one: 1,000.6 lies in the tier too.
        return f"{beyond} {number(before)}" + (f", up to {number(last)}" if last else "")
    if band.first_unit == last:
        return number(last)
    return f"{number(band.first_unit)} to {number(last)}"


def _price(band: TierBand, unit: Unit, currency: str, rate: FormatRate) -> str:
    """`£250.00 in total`, `£0.45 each`, `£50.00 + £1.00 each`, `Free`."""
    fee = rate(band.flat_fee, currency) if band.flat_fee else ""
    each = each_of(band.unit_price, unit, currency, rate) if band.unit_price else ""
    if fee and each:
        return f"{fee} + {each}"
    return f"{fee} in total" if fee else each or "Free"


def _dearest(bands: Sequence[TierBand]) -> Decimal | None:
    """The highest unit price; None where all are the same."""
    rates = {band.unit_price for band in bands}
    return max(rates) if len(rates) > 1 else None


def _tone(band: TierBand, dearest: Decimal | None) -> str:
    if not band.unit_price and not band.first_unit:
        return "good"
    return "warm" if band.unit_price == dearest else ""
