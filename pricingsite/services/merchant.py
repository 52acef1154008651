"""The merchant: the one row, and the tax rates in force on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, select, true
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.models.promotions import Promotion
from pricingsite.pricing import VatRate, rate_on


def find_merchant(session: Session) -> Merchant | None:
    """The merchant; None before a catalog has been applied."""
    return session.get(Merchant, 1)


def get_merchant(session: Session) -> Merchant:
    """The merchant, where a catalog has been applied."""
    merchant = session.get_one(Merchant, 1)
    # The session holds it weakly, and would ask again for the next who wants it.
    session.info[Merchant] = merchant
    return merchant


def catalog_version(session: Session) -> int | None:
    """The version of the catalog that is applied now, whatever the session has read before."""
    return session.scalar(select(Merchant.version))


_TAKES_CODES = exists(select(Promotion.id).where(Promotion.archived_at.is_(None)))
# The merchant with its VAT rates, a row for each; others may ask for more in the same statement.
# Not in an order: PostgreSQL, which knows nothing of tables of a row, would prepare to sort
# thousands, and compile that for longer than it takes.
SELLER = (
    select(Merchant, VatRateRow, _TAKES_CODES).select_from(Merchant).outerjoin(VatRateRow, true())
)


@dataclass(frozen=True, slots=True)
class Seller:
    """The merchant and its domestic VAT rates, the earliest first, read at once.

    `takes_codes` says whether there is any promotion code.
    """

    merchant: Merchant
    rates: tuple[VatRate, ...]
    takes_codes: bool = False


def read_seller(session: Session) -> Seller:
    """The merchant with its VAT rates, where a catalog has been applied."""
    return seller_of(session.execute(SELLER).all())


def seller_of(rows: Sequence[Any]) -> Seller:
    """The merchant of the rows of `SELLER`, which may hold more beside it."""
    if not rows:
        raise NoResultFound("No catalog has been applied yet.")
    rates = {row[1].valid_from: VatRate(row[1].valid_from, row[1].rate) for row in rows if row[1]}
    in_order = tuple(rates[day] for day in sorted(rates))
    return Seller(rows[0][0], in_order, takes_codes=bool(rows[0][2]))


def vat_rates(session: Session) -> tuple[VatRate, ...]:
    """The merchant's domestic VAT rates, the earliest first."""
    rows = session.scalars(select(VatRateRow).order_by(VatRateRow.valid_from))
    return tuple(VatRate(row.valid_from, row.rate) for row in rows)


def vat_rate_on(session: Session, day: date) -> Decimal:
    """The domestic VAT rate in force on a day, a fraction. Raises `TaxError` before the first."""
    return rate_on(vat_rates(session), day)
