"""Bills in words: what each line is for."""

from datetime import date

from pricingsite.pricing import LineItem, PriceTerms, TermsLine, plain
from pricingsite.wording.days import day
from pricingsite.wording.prices import unit_of, words_of
from pricingsite.wording.quantities import number


def line_description(line: LineItem | TermsLine) -> str:
    """What a line of a bill is for: `AI add-on: API calls 1,001 to 2,500`."""
    if isinstance(line, TermsLine):
        return terms_name(line)
    if line.base is not None:
        return f"{line.price.name}: {in_more_units(line.price, line.base)}"
    of_what = words_of(line.price).line(line)
    return f"{priced_name(line.price)}: {of_what}" if of_what else line.price.name


def in_more_units(price: PriceTerms, base: PriceTerms) -> str:
    """How many more of a price are bought than before: `3 more seats`."""
    more = price.quantity - base.quantity
    unit = unit_of(price)
    return f"{number(more)} more {unit.singular if more == 1 else unit.plural}"


def not_used_from(on: date) -> str:
    """Why a credit note gives back what was paid in advance: it is not used from a day on."""
    return f"Not used from {day(on)} on."


def unused_description(description: str) -> str:
    """What was paid in advance for days that are not used: `Platform access: unused days`."""
    return f"{description}: unused days"


def priced_name(price: PriceTerms) -> str:
    """A price's name, with its metric's where that has one that the price does not say."""
    name = price.unit.name if price.unit else None
    if not name or name.casefold() in price.name.casefold():
        return price.name
    return f"{price.name}, {name}"


def terms_name(line: TermsLine) -> str:
    """What a line is for that is for no price: `Discount LAUNCH, 20%`, `Minimum commitment`."""
    discount = line.discount
    if discount is None:
        return "Minimum commitment"
    share = f", {plain(discount.rate * 100)}%" if discount.rate is not None else ""
    return f"Discount {discount.code}{share}"
