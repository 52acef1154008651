"""What plans are known by, as filters: the same words on cards and for search engines."""

import re
from collections.abc import Iterator

from flask import Flask

from pricingsite.pricing import BillingFrequency, exact_context
from pricingsite.services.plans.offers import Announcement, Charges, Offer, UsagePrice
from pricingsite.web import formats
from pricingsite.web.merchant import current_tax
from pricingsite.wording.headlines import part_amount, part_per, part_shown, usage_words
from pricingsite.wording.periods import per_period
from pricingsite.wording.quantities import named, sentence_case

# A plan as it is sold now, or from a day on.
Tagged = Offer | Announcement


def headline(of: Tagged) -> str:
    """What a plan costs, as pages lead with: `from £750.00 a month`, `US$4.99 per user a month`."""
    return _headline(of, gross=current_tax().leads)


def headline_net(of: Tagged) -> str:
    """The same before tax."""
    return _headline(of, gross=False)


def headline_gross(of: Tagged) -> str:
    """The same with tax."""
    return _headline(of, gross=True)


def _headline(of: Tagged, *, gross: bool) -> str:
    if of.first_rate:
        return f"{_first_amount(of, gross=gross)} {first_per(of)}"
    due = (
        f"{'from ' if says_from(one) else ''}"
        f"{formats.money(one.bill.gross if gross else one.bill.net)} {due_per(one)}"
        for one in of.amounts
    )
    frequencies = {one.frequency for one in of.amounts}
    beside = any(one.terms.billing_frequency not in frequencies for one in of.usage)
    return " and ".join(due) + (" plus usage" if beside else "")


def says_from(charges: Charges) -> bool:
    """Whether usage adds to an amount that is due without any."""
    return charges.is_from and bool(charges.bill.net.minor) and not charges.may_fall


def due_per(charges: Charges) -> str:
    """What an amount is for: `a month`, `a month at zero usage` where usage may lower it."""
    return per_period(charges.frequency) + (" at zero usage" if charges.may_fall else "")


def first_amount(of: Tagged) -> str:
    """The first price that usage has, as pages lead with: `US$4.99`."""
    return _first_amount(of, gross=current_tax().leads)


def first_other(of: Tagged) -> str:
    """The same with tax, or before it; nothing where it is a share of an amount."""
    assert of.first_rate is not None  # noqa: S101 - asked where there is one
    usage, _ = of.first_rate
    if usage.terms.structure.is_share:
        return ""
    return _first_amount(of, gross=not current_tax().leads)


def _first_amount(of: Tagged, *, gross: bool) -> str:
    assert of.first_rate is not None  # noqa: S101 - asked where there is one
    usage, part = of.first_rate
    if usage.terms.structure.is_share or not gross:
        return part_amount(usage.terms, part, formats.rate)
    with exact_context():
        with_tax = part_shown(usage.terms, part) * (1 + (of.tax_rate or 0))
    return formats.rate(with_tax, usage.terms.currency)


def first_per(of: Tagged) -> str:
    """What that price is for: `per user a month`."""
    assert of.first_rate is not None  # noqa: S101 - asked where there is one
    usage, part = of.first_rate
    return part_per(usage.terms, part, formats.rate, adds_up=usage.adds_up)


def usage_beside(of: Tagged, charges: Charges) -> list[str]:
    """The one usage price that is billed with an amount, to be named beside it."""
    found = [one for one in of.usage if one.terms.billing_frequency is charges.frequency]
    return [_usage(one, period=False) for one in found] if len(found) == 1 else []


def usage_below(of: Tagged) -> list[str]:
    """All other usage prices, a line each."""
    alone = {c.frequency for c in of.amounts if usage_beside(of, c)}
    return _and_more(list(_below(of, alone)))


def _below(of: Tagged, beside: set[BillingFrequency]) -> Iterator[str]:
    shown = {charges.frequency for charges in of.amounts}
    first = of.first_rate[0] if of.first_rate else None
    known_by = headline_net(of)
    for one in of.usage:
        frequency = one.terms.billing_frequency
        if frequency in beside:
            continue
        words = _usage(one, period=frequency not in shown)
        if one is first:
            words = words.removeprefix("then ")
            # The headline names no metric, which is missing where there are several.
            unit = one.terms.unit if len(of.usage) == 1 else None
            if words == (named(known_by, unit) if unit else known_by):
                continue  # The headline says all of it.
        yield sentence_case(words)


def _and_more(lines: list[str]) -> list[str]:
    """Lines of which only the first says that it comes after what is due."""
    first, rest = lines[:1], lines[1:]
    return first + [re.sub("^Then ", "Plus ", line) for line in rest]


def _usage(one: UsagePrice, *, period: bool) -> str:
    return usage_words(one.terms, formats.rate, adds_up=one.adds_up, period=period)


_FILTERS = (
    headline, headline_net, headline_gross, says_from, due_per,
    first_amount, first_other, first_per, usage_beside, usage_below,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    for function in _FILTERS:
        app.add_template_filter(function)
