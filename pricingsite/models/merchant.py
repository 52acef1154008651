"""The merchant: who sells, on what terms, its tax, and what other money is worth to it.

Rows of these are written by `flask catalog apply` alone, but for exchange rates.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, CheckConstraint, Enum
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import DecimalText, UTCDateTime
from pricingsite.pricing import TaxShown, local_date
from pricingsite.wording.bank import ACCOUNT, payment_words
from pricingsite.wording.tax import Tax


class Merchant(Base):
    """Who sells: one row. `version` counts the applies that changed anything.

    `headline` and `lede` open the pricing page; the accents are `#rrggbb`, the logo is an SVG
    drawing; `faq` are tables of `question` and `answer`. `tax_name` is what pages call the tax,
    `tax_shown` which amounts they lead with. `iban` and what follows it are its bank account.
    """

    __tablename__ = "merchant"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str]
    legal_name: Mapped[str]
    email: Mapped[str]
    timezone: Mapped[str]
    country: Mapped[str]
    sells_to: Mapped[list[str]] = mapped_column(JSON)
    registration: Mapped[str | None]
    registered_office: Mapped[str | None]
    vat_number: Mapped[str | None]
    tax_name: Mapped[str] = mapped_column(server_default="VAT")
    tax_shown: Mapped[TaxShown] = mapped_column(
        Enum(
            TaxShown,
            name="tax_shown",
            native_enum=False,
            create_constraint=True,
            length=None,
            values_callable=list,
        ),
        server_default=TaxShown.EXCLUDED_AND_INCLUDED,
    )
    how_to_pay: Mapped[str | None]
    iban: Mapped[str | None]
    bic: Mapped[str | None]
    sort_code: Mapped[str | None]
    account_number: Mapped[str | None]
    payment_days: Mapped[int]
    terms_version: Mapped[str]
    headline: Mapped[str | None]
    lede: Mapped[str | None]
    accent_light: Mapped[str | None]
    accent_dark: Mapped[str | None]
    logo: Mapped[str | None]
    faq: Mapped[list[dict[str, str]]] = mapped_column(JSON, server_default="[]")
    version: Mapped[int] = mapped_column(default=1)
    applied_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days prices, orders and usage are counted by."""
        return ZoneInfo(self.timezone)

    @property
    def tax(self) -> Tax:
        """The tax in words."""
        return Tax(self.tax_name, self.tax_shown)

    @property
    def payment_words(self) -> str:
        """How to pay its invoices and into which account; nothing where neither is known."""
        return payment_words({name: getattr(self, name) for name in ("how_to_pay", *ACCOUNT)})

    def payment_due_on(self, invoice_on: date) -> date:
        """The day by which an invoice that is made on a day is to be paid."""
        return invoice_on + timedelta(days=self.payment_days)

    def today(self, now: datetime) -> date:
        """The merchant's date at an instant."""
        return local_date(now, self.zone)


class VatRateRow(Base):
    """A domestic rate of the tax, a fraction, and the first day it is valid."""

    __tablename__ = "vat_rates"

    valid_from: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(DecimalText)


class ExchangeRate(Base):
    """From a day on, how much of the merchant's currency one of another is worth.

    Written by `flask exchange-rates set` alone.
    """

    __tablename__ = "exchange_rates"

    currency: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(DecimalText)
