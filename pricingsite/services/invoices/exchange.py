"""What other money is worth in the merchant's own, as the merchant has recorded it.

A rate counts from its day on, until the next one. Nothing of an invoice that is issued follows it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from babel.numbers import get_territory_currencies
from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.merchant import ExchangeRate, Merchant


def merchant_currency(merchant: Merchant, day: date) -> str:
    """The currency of the merchant's country on a day; where it has none, euros."""
    return next(iter(get_territory_currencies(merchant.country, day, day)), "EUR")


def rate_on(session: Session, currency: str, day: date) -> Decimal | None:
    """How much of the merchant's currency one of another is worth on a day; None where unknown."""
    of_currency = ExchangeRate.currency == currency, ExchangeRate.valid_from <= day
    latest = select(ExchangeRate.rate).where(*of_currency).order_by(ExchangeRate.valid_from.desc())
    return session.scalar(latest.limit(1))


def set_rate(session: Session, currency: str, rate: Decimal, *, valid_from: date) -> None:
    """Record what one of a currency is worth from a day on, in place of what was recorded."""
    session.merge(ExchangeRate(currency=currency, valid_from=valid_from, rate=rate))
    session.flush()


def exchange_rates(session: Session) -> Sequence[ExchangeRate]:
    """Every rate, by currency and day."""
    by_day = ExchangeRate.currency, ExchangeRate.valid_from
    return session.scalars(select(ExchangeRate).order_by(*by_day)).all()
