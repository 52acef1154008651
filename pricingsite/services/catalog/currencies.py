"""Which currencies are money on a day, as CLDR knows it: test codes, metals and old money are none.

A currency that is replaced stays with the prices that are applied already.
"""

from collections.abc import Iterator
from datetime import date

from babel import Locale
from babel.numbers import get_territory_currencies

from pricingsite.services.catalog.document import PriceEntry


def tender_on(day: date) -> frozenset[str]:
    """The currencies that are legal tender somewhere on a day."""
    return frozenset(
        code
        for territory in Locale("en").territories
        for code in get_territory_currencies(str(territory), day, day)
    )


def no_money(prices: Iterator[PriceEntry], today: date) -> Iterator[str]:
    """A problem for each price in a currency that nobody can pay with today."""
    tender = tender_on(today)
    for price in prices:
        if price.currency not in tender:
            yield (
                f'{price.path}.currency: "{price.currency}" is not money anywhere today, {today}: '
                "use the code of a currency that your customers pay with, such as GBP"
            )
