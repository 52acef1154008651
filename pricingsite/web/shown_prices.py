"""What an order form showed, in words that it carries signed: prices, totals with tax, terms."""

from datetime import timedelta
from decimal import Decimal

from flask import Flask

from pricingsite.pricing import Discount
from pricingsite.services.plans.as_sold import PlanAsSold
from pricingsite.services.plans.offers import Offer
from pricingsite.web.formats import bought, day, percent, rate, sentence
from pricingsite.web.order_keys import ShownPrices
from pricingsite.web.totals import adding_up
from pricingsite.wording.bills import priced_name
from pricingsite.wording.periods import adverb, per_period, period_noun
from pricingsite.wording.trials import trial_sentence


def shown_prices(offered: Offer) -> ShownPrices:
    """The plan's prices as a page shows them now, and their totals with tax."""
    lines = [
        f"{priced_name(price)}: {many + ' at ' if (many := bought(price)) else ''}"
        f"{sentence(price)} {adverb(price.billing_frequency)}"
        for price in offered.prices
    ]
    for charges in offered.charges:
        least = "At least" if charges.is_from else "Total"
        lines.append(f"{least} {adding_up(charges.bill)} {per_period(charges.frequency)}")
    if offered.minimum:
        period = per_period(offered.minimum.billing_frequency)
        lines.append(f"Minimum {sentence(offered.minimum)} {period}")
    if offered.trial:
        lines.append(trial_sentence(offered.trial))
    discounts = offered.first_bill.terms.discounts
    lines += [f"{_taken_off(one)} ({one.code})" for one in discounts]
    return ShownPrices(offered.version, tuple(lines))


def is_chosen_anew(plan: PlanAsSold, offered: Offer, shown: ShownPrices) -> bool:
    """Whether something else of a plan is chosen than a page showed, at the same prices."""
    versions = {option.offer.version for option in plan.options}
    return shown.version in versions and shown.lines != shown_prices(offered).lines


def discount_words(discount: Discount) -> str:
    """What a code takes off, how long: `20% off for 3 months, until 9 April 2027 (LAUNCH)`."""
    last = discount.end and discount.end - timedelta(days=1)
    until = f", until {day(last)}" if last else ""
    return f"{_taken_off(discount)}{until} ({discount.code})"


def _taken_off(discount: Discount) -> str:
    """What a code takes off, without its days, which move with the start of an order."""
    main, periods = discount.main, discount.periods
    if discount.rate is not None:
        off = percent(discount.rate)
    else:
        amount = rate(discount.amount or Decimal(0), main.currency)
        off = f"{amount} {per_period(main.billing_frequency)}"
    if periods is None:
        return f"{off} off"
    noun = period_noun(main.billing_frequency) or "month"
    return f"{off} off for {'one ' + noun if periods == 1 else f'{periods} {noun}s'}"


def init_app(app: Flask) -> None:
    """Give templates the words of trials and discounts."""
    app.add_template_filter(discount_words)
    app.add_template_filter(trial_sentence)
