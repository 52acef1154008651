"""What the page of a change showed, in words that it carries signed: each bill with its day."""

from collections.abc import Iterator

from pricingsite.pricing import Money
from pricingsite.services.changes.leaving import SubscriptionQuote
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.web.formats import day, money
from pricingsite.web.order_keys import ShownPrices
from pricingsite.web.totals import adding_up


def shown_quote(quote: ChangeQuote) -> ShownPrices:
    """The bills of a change as a page shows them now."""
    return ShownPrices(quote.digest, tuple(_lines(quote)))


def _lines(quote: ChangeQuote) -> Iterator[str]:
    yield f"Takes effect on {day(quote.on)}"
    for one in quote.bills:
        least = "at least " if one.has_usage else ""
        yield f"{day(one.on)}: {least}{adding_up(one)}"
    if not quote.bills:
        yield "Nothing more is billed"
    if quote.credited:
        given_back = Money.total(
            (one.net for one in quote.credited), quote.credited[0].net.currency
        )
        yield f"Credit note: {money(-given_back)}"


def shown_subscription(quote: SubscriptionQuote) -> ShownPrices:
    """The first bill of a plan that begins again, as a page shows it now."""
    first = quote.first_bill
    least = "at least " if first.may_rise else ""
    line = f"{day(first.invoice_on)}: {least}{adding_up(first.bill)}"
    return ShownPrices(quote.digest, ("The plan is free" if first.is_free else line,))
