"""Words for structures, generated from them and never typed into a template.

Pricing knows no locale, so money is written by a `format_rate(rate, currency)` that the caller
passes in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from pricingsite.pricing.charge import TierBand, TierCharge, tiers_of
from pricingsite.pricing.errors import PricingError
from pricingsite.pricing.structures import Fixed, Graduated, Linear, Package, Structure, Volume
from pricingsite.pricing.words import Unit, number

FormatRate = Callable[[Decimal, str], str]


@dataclass(frozen=True, slots=True)
class TierLabel:
    """A tier in words: its range, its price, and the line that takes away the usual fear.

    `tone` is "good" where units are included, "warm" where one costs the most, "" elsewhere.
    """

    range: str
    price: str
    reassurance: str
    tone: str


def _before(band: TierBand) -> Decimal:
    """The bound before a tier: its display's first unit less one, 0 for the first."""
    return band.first_unit - 1 if band.first_unit else band.first_unit


def _from_to(band: TierBand, beyond: str) -> str:
    """The units of a bounded later tier: "1,001 to 2,500"; "after 1,000.5, up to 2,500"."""
    before, last = _before(band), band.last_unit
    if last is None or before % 1:
        # No first unit can be named after half a one: 1,000.6 lies in the tier too.
        return f"{beyond} {number(before)}" + (f", up to {number(last)}" if last else "")
    if band.first_unit == last:
        return number(last)
    return f"{number(band.first_unit)} to {number(last)}"


def _graduated_range(band: TierBand, unit: Unit) -> str:
    before, last = _before(band), band.last_unit
    if last is None:
        return f"Every {unit.singular}" + (f" after {number(before)}" if before else "")
    if not before:
        return f"First {unit.of(last)}"
    return f"Next {number(last - before)} ({_from_to(band, 'after')})"


def _volume_range(band: TierBand, unit: Unit) -> str:
    before, last = _before(band), band.last_unit
    if last is None:
        return f"More than {unit.of(before)}" if before else f"Every {unit.singular}"
    if not before:
        return f"Up to {unit.of(last)}"
    words = _from_to(band, "more than")
    return f"{words[0].upper()}{words[1:]} {unit.plural}"


def _price(band: TierBand, currency: str, format_rate: FormatRate) -> str:
    fee = format_rate(band.flat_fee, currency) if band.flat_fee else ""
    each = f"{format_rate(band.unit_price, currency)} each" if band.unit_price else ""
    if fee and each:
        return f"{fee} + {each}"
    return f"{fee} in all" if fee else each or "Free"


def tier_labels(
    structure: Structure, unit: Unit, currency: str, format_rate: FormatRate
) -> tuple[TierLabel, ...]:
    """Every tier of a structure in words; none for models without tiers."""
    in_words = _volume_range if isinstance(structure, Volume) else _graduated_range
    return tuple(
        TierLabel(
            in_words(band, unit),
            _price(band, currency, format_rate),
            _reassure(structure, band, unit),
            _tone(structure, band),
        )
        for band in tiers_of(structure)
    )


def _tone(structure: Structure, band: TierBand) -> str:
    rates = {tier.unit_price for tier in tiers_of(structure)}
    if not band.unit_price and not band.first_unit:
        return "good"
    return "warm" if len(rates) > 1 and band.unit_price == max(rates) else ""


def _reassure(structure: Structure, band: TierBand, unit: Unit) -> str:
    if isinstance(structure, Volume):
        several = band.first_unit or band.last_unit is not None
        return f"this rate then applies to every {unit.singular}" if several else ""
    if not band.first_unit:
        only_fee = band.flat_fee and not band.unit_price
        return "whether or not you use them" if only_fee else ""
    if band.last_unit is None:
        return f"earlier {unit.plural} keep their price"
    return "on top of the earlier bands"


def structure_sentence(
    structure: Structure, unit: Unit | None, currency: str, format_rate: FormatRate
) -> str:
    """A structure in one sentence, for e-mails and plain text."""
    if isinstance(structure, Fixed):
        return format_rate(structure.amount, currency)
    if unit is None:
        raise PricingError("a usage price needs a unit")
    if isinstance(structure, Linear):
        return f"{format_rate(structure.unit_price, currency)} for each {unit.singular}"
    if isinstance(structure, Package):
        price = format_rate(structure.package_price, currency)
        return f"{price} for each {unit.of(structure.package_size)} begun"
    labels = tier_labels(structure, unit, currency, format_rate)
    first, *rest = (f"{label.range}: {label.price}" for label in labels)
    return "; ".join([first, *(text[0].lower() + text[1:] for text in rest)])


def line_description(
    name: str,
    structure: Structure,
    unit: Unit | None,
    tier: TierCharge | None,
    quantity: Decimal | None,
) -> str:
    """What a line of a bill is for: "AI add-on: API calls 1,001 to 2,500"."""
    if unit is None or isinstance(structure, Fixed):
        return name
    if isinstance(structure, Package):
        return f"{name}: packages of {unit.of(structure.package_size)}"
    if tier is None:
        return f"{name}: {unit.plural}"
    band = TierBand(tier.first_unit, tier.last_unit, tier.unit_price, tier.flat_fee)
    if isinstance(structure, Graduated):
        return f"{name}: {_graduated_words(band, unit)}"
    rate = _volume_words(band)
    return f"{name}: {unit.of(quantity or 0)}" + (f" at the {rate} rate" if rate else "")


def _graduated_words(band: TierBand, unit: Unit) -> str:
    if band.last_unit is None:
        before = _before(band)
        return f"{unit.plural} after {number(before)}" if before else unit.plural
    if not band.first_unit:
        return f"first {unit.of(band.last_unit)}"
    return f"{unit.name(band.last_unit - _before(band))} {_from_to(band, 'after')}"


def _volume_words(band: TierBand) -> str:
    if band.last_unit is None:
        return f"over {number(_before(band))}" if _before(band) else ""
    if not band.first_unit:
        return f"up to {number(band.last_unit)}"
    return _from_to(band, "over")
