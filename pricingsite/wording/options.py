"""The options of a plan in words: each a way to pay it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from pricingsite.pricing import BillingFrequency
from pricingsite.wording.periods import adverb


class _Option(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def frequency(self) -> BillingFrequency: ...
    @property
    def currency(self) -> str: ...
    @property
    def note(self) -> str | None: ...


def option_names(options: Iterable[_Option]) -> Mapping[str, str]:
    """What tells options apart, by their ids: `Yearly`, `Yearly in USD, two months free`."""
    options = list(options)
    several = len({option.currency for option in options}) > 1
    return {
        option.id: adverb(option.frequency).capitalize()
        + (f" in {option.currency}" if several else "")
        + (f", {option.note}" if option.note else "")
        for option in options
    }
