"""How values are written: one filter each for money, rates, quantities, days and moments.

en-GB; money is one text node with its symbol first, thousands separated, U+2212 for minus. Days are
as they are; moments are shown in the merchant's zone with its abbreviation.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import get_currency_symbol
from flask import Flask
from werkzeug.local import LocalProxy

from pricingsite.pricing import (
    BillingFrequency,
    Money,
    Period,
    PriceTerms,
    decimals_of,
)
from pricingsite.pricing.money import QUANTITY_PLACES, places_of
from pricingsite.web.merchant import current_merchant, current_tax
from pricingsite.wording import prices
from pricingsite.wording.bills import line_description
from pricingsite.wording.periods import adverb, billed, billed_together, full_period, per_period
from pricingsite.wording.prices import price_sentence, tier_labels, words_of
from pricingsite.wording.quantities import in_units, number, sentence_case, typed, unit_name
from pricingsite.wording.tiers import TierLabel

_LOCALE = Locale("en", "GB")
_HALF_A_YEAR = timedelta(days=183)
_SHORT = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
_FIGURE_SPACE, _POINT_SPACE = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"
# To how many a forecast is rounded.
_FIGURES = 3
MINUS = "\N{MINUS SIGN}"


def money(value: Money) -> str:
    """An amount with its currency's decimals: `£1,425.65`, `JP¥1,000`."""
    return _currency(value.amount, value.currency, decimals_of(value.currency))


def about(value: Money, rounding: str = ROUND_HALF_EVEN) -> str:
    """An amount that is not known to the penny, to three figures: `£1,680`, `£65.30`."""
    decimals = decimals_of(value.currency)
    rounded = _to_three_figures(value.amount, decimals, rounding)
    has_decimals = value.amount.adjusted() < _FIGURES - 1
    return _currency(rounded, value.currency, decimals if has_decimals else 0)


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


def rate(value: Decimal, currency: str, column: Iterable[Decimal] = ()) -> str:
    """A unit price with its own decimals, at least its currency's: `£0.45`, `£0.00025`.

    In a column of others its point stands under theirs.
    """
    places, *others = (max(places_of(one), decimals_of(currency)) for one in (value, *column))
    return _currency(value, currency, places) + _room(places, others)


def _room(places: int, others: Iterable[int]) -> str:
    """Space for the decimals that others of a column have more, as wide as figures and a point."""
    more = max(others, default=places) - places
    return ("" if places or more <= 0 else _POINT_SPACE) + _FIGURE_SPACE * more


def _currency(amount: Decimal, currency: str, places: int) -> str:
    # As Babel's format_currency writes it in this locale, in a tenth of the time.
    text = f"{_symbol(currency)}{amount.copy_abs():,.{places}f}"
    return f"{MINUS}{text}" if amount < 0 else text


@lru_cache(maxsize=256)
def _symbol(currency: str) -> str:
    return get_currency_symbol(currency, _LOCALE)


def quantity(value: Decimal | int, column: Iterable[Decimal] = ()) -> str:
    """A quantity, thousands separated, with no more decimals than it has: `1,500`, `0.5`.

    In a column of others its point stands under theirs.
    """
    number = Decimal(value).normalize()
    text = f"{number:,f}".replace("-", MINUS)
    return text + _room(places_of(number), map(places_of, column))


def axis_quantities(values: Sequence[Decimal]) -> list[str]:
    """Round quantities along an axis in one form: `0`, `5,000`; from a million `0.5M`."""
    scaled, places, short = _short(values)
    return [f"{value:,.{places}f}{short}" if value else "0" for value in scaled]


def axis_amounts(values: Sequence[Decimal], currency: str) -> list[str]:
    """Round amounts along an axis in one form: `£0`, `£750`; `£0.00`, `£0.50`; `£0`, `£1.5M`."""
    scaled, places, short = _short(values)
    if short:
        return [
            _currency(value, currency, places if value else 0) + short * bool(value)
            for value in scaled
        ]
    return axis_rates(values, currency) if places else [_currency(v, currency, 0) for v in values]


def axis_rates(values: Sequence[Decimal], currency: str) -> list[str]:
    """Unit prices along an axis, each with the decimals of the finest: `£0.00`, `£0.45`."""
    places = max(decimals_of(currency), *map(places_of, values))
    return [_currency(value, currency, places) for value in values]


def _short(values: Sequence[Decimal]) -> tuple[list[Decimal], int, str]:
    """Numbers in millions or more where they come to that, their decimals, and the letter."""
    largest = max(values)
    size, letter = next(((s, n) for s, n in _SHORT if largest >= s), (1, ""))
    scaled = [value / size for value in values]
    return scaled, max(map(places_of, scaled)), letter


def image(svg: str) -> str:
    """A drawing as an address of its own, for an image."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def percent(value: Decimal) -> str:
    """A fraction as a percentage: `20%`, `17.5%`."""
    return f"{(value * 100).normalize():f}%"


def day(value: date) -> str:
    """A day in words: `1 March 2027`."""
    return f"{value.day} {value:%B} {value.year}"


def day_month(value: date) -> str:
    """A day of a year that is clear: `1 March`."""
    return f"{value.day} {value:%B}"


def day_ahead(value: date, today: date) -> str:
    """A day to come: `1 March`, with its year where it is half a year ahead or more."""
    return day_month(value) if value - today < _HALF_A_YEAR else day(value)


def days(start: date, last: date) -> str:
    """Days from one to another, both covered: `1 to 30 November 2026`, `5 May to 4 June 2026`."""
    if start == last:
        return day(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {day(last)}"
    if start.year == last.year:
        return f"{day_month(start)} to {day(last)}"
    return f"{day(start)} to {day(last)}"


def period_name(period: Period) -> str:
    """A period as people call it: `October 2026`, or its days where it is no calendar month."""
    start, last = period.start, period.last_day
    one_month = (start.year, start.month) == (last.year, last.month)
    if one_month and start.day == 1 and period.end.day == 1:
        return f"{start:%B} {start.year}"
    return days(start, last)


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
