"""Periods and billing rhythms in words."""

from collections.abc import Iterable

from pricingsite.pricing import BillingFrequency, BillingType, PriceTerms

_NOUNS = {
    BillingFrequency.MONTHLY: "month",
    BillingFrequency.QUARTERLY: "quarter",
    BillingFrequency.HALF_YEARLY: "half-year",
    BillingFrequency.YEARLY: "year",
}
_TYPES = {BillingType.IN_ARREARS: "in arrears", BillingType.IN_ADVANCE: "in advance"}


def period_noun(frequency: BillingFrequency) -> str | None:
    """A price's period: `month`; none for a price that is billed once."""
    return _NOUNS.get(frequency)


def adverb(frequency: BillingFrequency) -> str:
    """How often a price is billed: `half-yearly`, `once`."""
    return frequency.value.replace("_", "-") if frequency in _NOUNS else "once"


def per_period(frequency: BillingFrequency) -> str:
    """What an amount is for: `a month`, `once`."""
    noun = _NOUNS.get(frequency)
    return f"a {noun}" if noun else adverb(frequency)


def billed(price: PriceTerms) -> str:
    """When a price is billed: `monthly, in arrears`."""
    return f"{adverb(price.billing_frequency)}, {_TYPES[price.billing_type]}"


def billed_together(prices: Iterable[PriceTerms]) -> str:
    """When prices are billed, each rhythm once: `yearly, in advance; monthly, in arrears`."""
    return "; ".join(dict.fromkeys(map(billed, prices)))


def full_period(frequencies: Iterable[BillingFrequency]) -> str | None:
    """What a bill of prices covers: `a full month`; none where they differ."""
    nouns = {_NOUNS.get(frequency) for frequency in frequencies}
    noun = nouns.pop() if len(nouns) == 1 else None
    return noun and f"a full {noun}"
