"""How values are written: one filter each for money, rates, quantities, days and moments.

Figures and days are those of `wording`; moments are shown in the merchant's zone with its
abbreviation.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from flask import Flask
from werkzeug.local import LocalProxy

from pricingsite.pricing import (
    BillingFrequency,
    Money,
    PriceTerms,
    decimals_of,
)
from pricingsite.pricing.money import QUANTITY_PLACES, places_of
from pricingsite.web.merchant import current_merchant, current_tax
from pricingsite.wording import prices
from pricingsite.wording.bank import payment_words
from pricingsite.wording.bills import line_description
from pricingsite.wording.days import day, day_ahead, day_month, days, period_name
from pricingsite.wording.figures import currency_text, money, percent, quantity, rate
from pricingsite.wording.periods import adverb, billed, billed_together, full_period, per_period
from pricingsite.wording.prices import price_sentence, tier_labels, words_of
from pricingsite.wording.quantities import in_units, number, sentence_case, typed, unit_name
from pricingsite.wording.tiers import TierLabel

# What it takes from `wording`, and others take from here.
__all__ = [
    "day",
    "day_ahead",
    "day_month",
    "days",
    "money",
    "percent",
    "period_name",
    "quantity",
    "rate",
]

_SHORT = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
# To how many a forecast is rounded.
_FIGURES = 3


def about(value: Money, rounding: str = ROUND_HALF_EVEN) -> str:
    """An amount that is not known to the penny, to three figures: `£1,680`, `£65.30`."""
    decimals = decimals_of(value.currency)
    rounded = _to_three_figures(value.amount, decimals, rounding)
    has_decimals = value.amount.adjusted() < _FIGURES - 1
    return currency_text(rounded, value.currency, decimals if has_decimals else 0)


def _to_three_figures(value: Decimal, places: int, rounding: str) -> Decimal:
    step = Decimal(1).scaleb(max(value.adjusted() - (_FIGURES - 1), -places))
    return (value / step).to_integral_value(rounding) * step


def likely(low: Money, high: Money, least: Money) -> str:
    """A range of amounts, rounded outwards but not below what is certain.

    `between £1,425.65 and £1,830`; where both ends are the same `about £1,680`, or `£750.00` if
    that much is certain.
    """
    if low == high:
        return money(low) if low == least else f"about {about(low)}"
    rounded = _to_three_figures(low.amount, decimals_of(low.currency), ROUND_FLOOR)
    start = money(least) if rounded <= least.amount else about(low, ROUND_FLOOR)
    return f"between {start} and {about(high, ROUND_CEILING)}"


def likely_quantities(low: Decimal, high: Decimal, least: Decimal) -> str:
    """A range of quantities, rounded as a range of amounts is: `1,430 to 1,900`."""
    start = quantity(max(least, _to_three_figures(low, QUANTITY_PLACES, ROUND_FLOOR)))
    end = quantity(_to_three_figures(high, QUANTITY_PLACES, ROUND_CEILING))
    return start if start == end else f"{start} to {end}"


def axis_quantities(values: Sequence[Decimal]) -> list[str]:
    """Round quantities along an axis in one form: `0`, `5,000`; from a million `0.5M`."""
    scaled, places, short = _short(values)
    return [f"{value:,.{places}f}{short}" if value else "0" for value in scaled]


def axis_amounts(values: Sequence[Decimal], currency: str) -> list[str]:
    """Round amounts along an axis in one form: `£0`, `£750`; `£0.00`, `£0.50`; `£0`, `£1.5M`."""
    scaled, places, short = _short(values)
    if short:
        return [
            currency_text(value, currency, places if value else 0) + short * bool(value)
            for value in scaled
        ]
    if places:
        return axis_rates(values, currency)
    return [currency_text(value, currency, 0) for value in values]


def axis_rates(values: Sequence[Decimal], currency: str) -> list[str]:
    """Unit prices along an axis, each with the decimals of the finest: `£0.00`, `£0.45`."""
    places = max(decimals_of(currency), *map(places_of, values))
    return [currency_text(value, currency, places) for value in values]


def _short(values: Sequence[Decimal]) -> tuple[list[Decimal], int, str]:
    """Numbers in millions or more where they come to that, their decimals, and the letter."""
    largest = max(values)
    size, letter = next(((s, n) for s, n in _SHORT if largest >= s), (1, ""))
    scaled = [value / size for value in values]
    return scaled, max(map(places_of, scaled)), letter


def image(svg: str) -> str:
    """A drawing as an address of its own, for an image."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def when(value: datetime, zone: str | None = None) -> str:
    """A moment, in the merchant's zone unless another is named: `23 November 2026, 18:40 GMT`."""
    local = value.astimezone(ZoneInfo(zone or current_merchant().timezone))
    return f"{day(local.date())}, {local:%H:%M %Z}"


def labels(price: PriceTerms) -> tuple[TierLabel, ...]:
    """The tiers of a price in words; none for a price without tiers."""
    return tier_labels(price, rate)


def sentence(price: PriceTerms) -> str:
    """A price in one sentence: `£0.45 for each API call`."""
    return price_sentence(price, rate)


def bought(price: PriceTerms) -> str:
    """How many of a price are bought: `7 seats`; nothing for other prices."""
    return in_units(price.quantity, price.unit) if price.is_bought and price.unit else ""


def quantities_sold(price: PriceTerms) -> str:
    """How many of a price can be bought: `3 seats or more`, `3 to 50 seats`."""
    assert price.unit is not None  # noqa: S101 - what is bought has a unit
    least, most = price.minimum_quantity, price.maximum_quantity
    if most is None:
        return f"{in_units(least, price.unit)} or more"
    return f"{number(least)} to {in_units(most, price.unit)}"


def monthly_share(frequency: BillingFrequency, amount: Money) -> str:
    """What a yearly price is a month: `about £6.67 a month`; nothing for a monthly one."""
    months = Decimal(frequency.months or 1)
    if months == 1:
        return ""
    share = amount.times(1 / months)
    nearly = "" if share.times(months) == amount else "about "
    return f"{nearly}{money(share)} a month"


def explanation(price: PriceTerms) -> str:
    """What going on using does to a price."""
    return words_of(price).explanation(price, per_period(price.billing_frequency))


def each_unit(unit_price: Decimal, price: PriceTerms) -> str:
    """What one unit of a price costs: `£0.45`, `2.9%`."""
    return prices.each_unit(price, unit_price, rate)


_FILTERS = (
    money,
    about,
    likely,
    rate,
    quantity,
    sentence_case,
    image,
    percent,
    day,
    day_month,
    day_ahead,
    period_name,
    when,
    labels,
    sentence,
    bought,
    quantities_sold,
    monthly_share,
    adverb,
    explanation,
    each_unit,
    in_units,
    unit_name,
    typed,
    billed,
    billed_together,
    per_period,
    full_period,
    payment_words,
)


def init_app(app: Flask) -> None:
    """Give templates the filters, and the words of the tax."""
    for function in _FILTERS:
        app.add_template_filter(function)
    app.add_template_filter(line_description, "description")
    app.add_template_filter(lambda period: days(period.start, period.last_day), "days")
    # What search engines read needs no spaces.
    app.jinja_env.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    app.jinja_env.globals["tax"] = LocalProxy(current_tax)
