"""Bills in words: what each line is for."""

from pricingsite.pricing import LineItem
from pricingsite.wording.prices import words_of


def line_description(line: LineItem) -> str:
    """What a line of a bill is for: `AI add-on: API calls 1,001 to 2,500`."""
    of_what = words_of(line.price).line(line)
    return f"{line.price.name}: {of_what}" if of_what else line.price.name
