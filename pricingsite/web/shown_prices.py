"""What an order form showed, in words that it carries signed: prices, totals with tax, terms."""

from datetime import timedelta
from decimal import Decimal

from flask import Flask

from pricingsite.pricing import Discount
from pricingsite.services.plans.as_sold import PlanAsSold
from pricingsite.services.plans.offers import Offer
from pricingsite.web.formats import bought, day, money, percent, rate, sentence
from pricingsite.web.order_keys import ShownPrices
from pricingsite.wording import tax
from pricingsite.wording.periods import adverb, per_period
from pricingsite.wording.trials import trial_sentence


def shown_prices(offered: Offer) -> ShownPrices:
    """The plan's prices as a page shows them now, and their totals with tax."""
    lines = [
        f"{price.name}: {many + ' at ' if (many := bought(price)) else ''}"
        f"{sentence(price)} {adverb(price.billing_frequency)}"
        for price in offered.prices
    ]
    for charges in offered.charges:
        bill, least = charges.bill, "At least" if charges.is_from else "Total"
        sums = f"{money(bill.net)} + {tax.NAME} {money(bill.tax)} = {money(bill.gross)}"
        lines.append(f"{least} {sums} {tax.INCLUDED} {per_period(charges.frequency)}")
    if offered.minimum:
        period = per_period(offered.minimum.billing_frequency)
        lines.append(f"Minimum {sentence(offered.minimum)} {period}")
    if offered.trial:
        lines.append(trial_sentence(offered.trial))
    lines += [discount_words(one) for one in offered.first_bill.terms.discounts]
    return ShownPrices(offered.version, tuple(lines))


def is_chosen_anew(plan: PlanAsSold, offered: Offer, shown: ShownPrices) -> bool:
    """Whether something else of a plan is chosen than a page showed, at the same prices."""
    versions = {option.offer.version for option in plan.options}
    return shown.version in versions and shown.lines != shown_prices(offered).lines


def discount_words(discount: Discount) -> str:
    """What a code takes off, and for how long: `20% off until 9 April 2027 (LAUNCH)`."""
    currency = discount.main.currency
    if discount.rate is not None:
        off = percent(discount.rate)
    else:
        off = rate(discount.amount or Decimal(0), currency)
        off += f" {per_period(discount.main.billing_frequency)}"
    last = discount.end and discount.end - timedelta(days=1)
    until = f"until {day(last)}" if last else "for good"
    return f"{off} off {until} ({discount.code})"


def init_app(app: Flask) -> None:
    """Give templates the words of trials and discounts."""
    app.add_template_filter(discount_words)
    app.add_template_filter(trial_sentence)
