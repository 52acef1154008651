"""The merchant in the catalog file: who sells, on what terms, its tax and its VAT rates.

Rates are fractions; `path` is where in the file a table stands.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from pricingsite.pricing import TaxShown
from pricingsite.services.catalog.bank import account_number, bic, iban, sort_code
from pricingsite.services.catalog.brand import BrandEntry, QuestionEntry
from pricingsite.services.catalog.plan_tables import tax_name
from pricingsite.services.catalog.toml_tables import each, key, table, tables
from pricingsite.services.catalog.toml_values import (
    country_code,
    day,
    days,
    decimal,
    email,
    lines,
    one_of,
    text,
    timezone,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRateEntry:
    """A domestic rate of the tax, from a day on."""

    path: str
    valid_from: date = key(day)
    rate: Decimal = key(decimal(at_most=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxEntry:
    """What the tax is called, and which amounts pages lead with."""

    path: str
    name: str = key(tax_name, default="VAT")
    shown: TaxShown = key(one_of(*TaxShown), default=TaxShown.EXCLUDED_AND_INCLUDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantEntry:
    """Who sells, and on what terms."""

    path: str
    name: str = key(text)
    legal_name: str = key(text)
    email: str = key(email)
    timezone: str = key(timezone)
    country: str = key(country_code)
    tax: TaxEntry | None = key(table(TaxEntry), default=None)
    vat_rates: tuple[VatRateEntry, ...] | None = key(
        tables(table(VatRateEntry), at_least=1), default=None
    )
    sells_to: tuple[str, ...] = key(each(country_code, at_least=1))
    registration: str | None = key(text, default=None)
    registered_office: str | None = key(lines, default=None)
    vat_number: str | None = key(text, default=None)
    how_to_pay: str | None = key(lines, default=None)
    iban: str | None = key(iban, default=None)
    bic: str | None = key(bic, default=None)
    sort_code: str | None = key(sort_code, default=None)
    account_number: str | None = key(account_number, default=None)
    payment_days: int = key(days, default=30)
    terms_version: str = key(text, default="1")
    headline: str | None = key(text, default=None)
    lede: str | None = key(lines, default=None)
    brand: BrandEntry | None = key(table(BrandEntry), default=None)
    faq: tuple[QuestionEntry, ...] = key(tables(table(QuestionEntry)), default=())

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its days."""
        return ZoneInfo(self.timezone)
