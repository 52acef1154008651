"""EN 16931's categories of VAT, and VAT numbers as it takes them."""

import re
from decimal import Decimal
from enum import Enum

from pricingsite.pricing import TaxTreatment
from pricingsite.wording.countries import country_codes
from pricingsite.wording.tax import Tax

_NUMBER = re.compile(r"([A-Z]{2})(?=.*[0-9])[0-9A-Z+*]{2,18}")
# Greece's numbers have a prefix of their own, and so have Northern Ireland's.
_PREFIXES = {"GR": "EL"}
_OTHER_PREFIXES = {"EL", "XI"}


class Category(Enum):
    """How what is sold is taxed: its code, and the code of the reason why no tax is charged."""

    STANDARD = ("S", None)
    ZERO = ("Z", None)
    REVERSE_CHARGE = ("AE", "VATEX-EU-AE")
    OUTSIDE_SCOPE = ("O", "VATEX-EU-O")

    @property
    def code(self) -> str:
        """Its code in UNCL 5305."""
        return str(self.value[0])

    @property
    def reason_code(self) -> str | None:
        """Why no tax is charged, by the list of the European Commission; None where it is."""
        reason: str | None = self.value[1]
        return reason

    @property
    def has_rate(self) -> bool:
        """Whether it has a rate, if one of nothing."""
        return self is not Category.OUTSIDE_SCOPE

    def reason(self, tax: Tax) -> str | None:
        """Why no tax is charged, in words; None where it is."""
        if self is Category.REVERSE_CHARGE:
            return "Reverse charge"
        return f"Outside the scope of {tax.name}" if self is Category.OUTSIDE_SCOPE else None


def category(treatment: TaxTreatment, rate: Decimal | None) -> Category:
    """The category of a line, by its invoice's treatment and its rate.

    A line that adjusts an earlier bill has that bill's rate, whatever the invoice's treatment is.
    """
    if rate is None:
        return Category.OUTSIDE_SCOPE
    if rate:
        return Category.STANDARD
    return {
        TaxTreatment.STANDARD: Category.ZERO,
        TaxTreatment.REVERSE_CHARGE: Category.REVERSE_CHARGE,
        TaxTreatment.OUTSIDE_SCOPE: Category.OUTSIDE_SCOPE,
    }[treatment]


def number_of(typed: str | None, country: str | None = None) -> str | None:
    """A VAT number with its country's prefix, which is added where `country` is given.

    None for what is no such number.
    """
    number = re.sub(r"[\s./-]", "", typed or "").upper()
    if country and number and not number[:2].isalpha():
        number = _PREFIXES.get(country, country) + number
    found = _NUMBER.fullmatch(number)
    is_one = found and (found[1] in _OTHER_PREFIXES or found[1] in country_codes())
    return number if is_one else None
