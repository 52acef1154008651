"""Unit prices as filters: for as many units as their metric says, and by the metric's name."""

from collections.abc import Iterable
from decimal import Decimal

from flask import Flask
from markupsafe import Markup, escape

from pricingsite.pricing import LineItem, PriceTerms, TierBand
from pricingsite.web import formats
from pricingsite.wording import rates as wording
from pricingsite.wording.bills import priced_name
from pricingsite.wording.figures import MINUS
from pricingsite.wording.quantities import column, counted, named, priced_units

# Longer amounts are held together; no shorter one fills a cell.
_LONG = 9


def rates(lines: Iterable[LineItem | TierBand], price: PriceTerms | None = None) -> list[Decimal]:
    """Every unit price and fee of some lines, or bands of a price: a column of rates."""
    found = []
    for line in lines:
        of = line.price if isinstance(line, LineItem) else price
        each = line.unit_price if of is None else wording.shown_rate(of, line.unit_price)
        found += [each] if line.flat_fee is None else [each, line.flat_fee]
    return found


def next_cost(cost: Decimal, price: PriceTerms, column: list[Decimal] | None = None) -> str:
    """What the next unit of a price costs, as its unit prices are shown; see `next_per`."""
    others = [wording.next_rate(price, one) for one in column or ()]
    return formats.rate(wording.next_rate(price, cost), price.currency, others)


def next_per(cost: Decimal, price: PriceTerms) -> str:
    """For how many units that is: `per 1,000 GB`; nothing where it is for one."""
    return wording.next_per(price, cost)


def next_words(cost: Decimal, price: PriceTerms) -> str:
    """Both: `£0.45`, `US$0.09 per 1,000 GB`."""
    return f"{next_cost(cost, price)} {next_per(cost, price)}".rstrip()


def falls(cost: Decimal, price: PriceTerms) -> str:
    """Why the next unit costs less than nothing, after a comma; nothing where it does not."""
    words = wording.fall_words(price, cost)
    return f": {words}" if words else ""


def shown_rate(unit_price: Decimal, price: PriceTerms) -> Decimal:
    """A unit price for as many units as it is shown for."""
    return wording.shown_rate(price, unit_price)


def per_units(unit_price: Decimal, price: PriceTerms) -> str:
    """What a unit price is shown for: `per 1,000 GB`; nothing where it is each."""
    return wording.per_units(price, unit_price)


def unbroken(words: str) -> Markup:
    """Words on a page whose long amounts never break inside their digits."""
    parts = (
        Markup('<span class="amount">{}</span>').format(part) if _is_long(part) else escape(part)
        for part in words.split(" ")
    )
    return Markup(" ").join(parts)


def _is_long(part: str) -> bool:
    """Whether it is an amount that a narrow cell could break: in its digits, or after a minus."""
    return (len(part) > _LONG or part[:1] == MINUS) and any(map(str.isdecimal, part))


_FILTERS = (
    rates, next_cost, next_per, next_words, falls, shown_rate, per_units, counted, named, column,
    priced_units, priced_name, unbroken,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    for function in _FILTERS:
        app.add_template_filter(function)
