"""Bills in words: what each line is for."""

from pricingsite.pricing import LineItem, PriceTerms
from pricingsite.wording.prices import words_of


def line_description(line: LineItem) -> str:
    """What a line of a bill is for: `AI add-on: API calls 1,001 to 2,500`."""
    of_what = words_of(line.price).line(line)
    return f"{priced_name(line.price)}: {of_what}" if of_what else line.price.name


def priced_name(price: PriceTerms) -> str:
    """A price's name, with its metric's where that has one that the price does not say."""
    name = price.unit.name if price.unit else None
    if not name or name.casefold() in price.name.casefold():
        return price.name
    return f"{price.name}, {name}"
