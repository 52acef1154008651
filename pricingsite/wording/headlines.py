"""What a plan is known by, in words: the first price that usage has, and what comes after it.

Money is written by the caller's `format_rate`.
"""

from decimal import Decimal

from pricingsite.pricing import PricePart, PriceTerms, TierBand
from pricingsite.wording.periods import per_period
from pricingsite.wording.prices import each_unit, tier_labels, unit_of
from pricingsite.wording.quantities import in_units, number, priced_units
from pricingsite.wording.rates import FormatRate, shown_per, shown_rate


def part_amount(price: PriceTerms, part: PricePart, rate: FormatRate) -> str:
    """What a part of a price costs: `US$4.99`, `2.9%`."""
    if price.structure.is_share:
        return each_unit(price, part.amount, rate)
    return rate(part_shown(price, part), price.currency)


def part_shown(price: PriceTerms, part: PricePart) -> Decimal:
    """A part's amount for as many units as it is shown for."""
    return shown_rate(price, part.amount) if part.per == 1 else part.amount


def part_per(price: PriceTerms, part: PricePart, rate: FormatRate, *, adds_up: bool) -> str:
    """What that is for: `per user a month`, `per 1,000 GB`, `of each euro`.

    What adds up over a period has no period of its own: each call is charged once.
    """
    unit, when = unit_of(price), per_period(price.billing_frequency)
    if part.per is None:
        labels = dict(zip(price.structure.bands, tier_labels(price, rate), strict=True))
        reached = labels[part.band].range if part.band else ""
        return f"{when} ({reached[:1].lower()}{reached[1:]})"
    if price.structure.is_share:
        return f"of each {unit.singular}"
    if shown_per(price) == 1 and part.per != 1:
        return f"per {in_units(part.per, unit)} or part of {number(part.per)}"
    return f"per {priced_units(unit)}" + ("" if adds_up else f" {when}")


def usage_words(price: PriceTerms, rate: FormatRate, *, adds_up: bool, period: bool) -> str:
    """A usage price after what is due anyway: `first 500 GB included, then US$0.09 per GB`.

    `period` says for how long units are included, where nothing beside it does.
    """
    charged = rates_words(price, rate, adds_up=adds_up)
    unit, included = unit_of(price), price.structure.included
    name = f"{unit.name}: " if unit.name else ""
    if included is None:
        return f"{name}{charged}" if name else f"then {charged}"
    when = f" {per_period(price.billing_frequency)}" if period else ""
    return f"{name}first {in_units(included, unit)}{when} included, then {charged}"


def rates_words(price: PriceTerms, rate: FormatRate, *, adds_up: bool) -> str:
    """All unit prices of a usage price at once: `€7.50 to €9.00 per seat a month`."""
    bands = _charged_bands(price)
    if not bands:
        part = price.structure.parts[0]
        per = part_per(price, part, rate, adds_up=adds_up)
        return f"{part_amount(price, part, rate)} {per}"
    # Fees of graduated tiers add up as tiers are reached.
    adds_fees = price.structure.always_rises
    reached = "for each band you reach" if adds_fees else "by the band you reach"
    fees = [band.flat_fee for band in bands if band.first_unit and band.flat_fee]
    if fees and not any(band.unit_price for band in bands):
        first = bands[0].flat_fee if not bands[0].first_unit else fees[0]
        words = _range([first, *fees], price, rate)
        return f"{words} {per_period(price.billing_frequency)}, {reached}"
    part = PricePart(bands[0].unit_price, per=Decimal(1))
    per = part_per(price, part, rate, adds_up=adds_up)
    words = _range([shown_rate(price, band.unit_price) for band in bands], price, rate)
    all_units = not adds_fees and len(bands) > 1
    words = f"{words} {per}" + (", depending on how many" if all_units else "")
    return words + (f", plus a fee {reached}" if fees else "")


def _charged_bands(price: PriceTerms) -> list[TierBand]:
    """The bands beyond what is included."""
    free = price.structure.included or Decimal(0)
    return [band for band in price.structure.bands if band.first_unit >= free]


def _range(amounts: list[Decimal], price: PriceTerms, rate: FormatRate) -> str:
    low, high = (rate(one, price.currency) for one in (min(amounts), max(amounts)))
    return low if low == high else f"{low} to {high}"
