"""The tax: which rate a day and a customer have, and the tax of a bill's lines.

Rates are fractions ("0.20"). Tax is computed per rate on the sum of its lines, and rounded once.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pricingsite.pricing.errors import TaxError
from pricingsite.pricing.money import RATE_PLACES, Money, check_number


@dataclass(frozen=True, slots=True)
class VatRate:
    """A domestic rate, and the first day it is valid."""

    valid_from: date
    rate: Decimal


def rate_on(rates: Iterable[VatRate], day: date) -> Decimal:
    """The rate in force on a day. Raises `TaxError` before the first."""
    valid = [rate for rate in rates if rate.valid_from <= day]
    if not valid:
        raise TaxError(f"no VAT rate is valid on {day.isoformat()}")
    return max(valid, key=lambda rate: rate.valid_from).rate


def bill_rate_on(rates: Collection[VatRate], day: date) -> Decimal | None:
    """The rate of a bill that is made on a day; None for a merchant whose bills name no tax."""
    return rate_on(rates, day) if rates else None


class TaxShown(StrEnum):
    """Which amounts the pages of a merchant lead with.

    Without the tax and with it beside; with it; or without it, where it depends on the customer.
    """

    EXCLUDED_AND_INCLUDED = "excluded_and_included"
    INCLUDED = "included"
    EXCLUDED = "excluded"


class TaxTreatment(StrEnum):
    """How a customer is taxed."""

    STANDARD = "standard"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE_SCOPE = "outside_scope"


class TaxEvidence(StrEnum):
    """What has been verified of a customer: its tax id, or that it is a business."""

    TAX_ID = "tax_id"
    BUSINESS = "business"


class TaxStatus(StrEnum):
    """Why a customer is taxed as it is.

    Those abroad pay the domestic tax until their tax id is verified or, in a country whose
    companies have none, until there is evidence that they are a business.
    """

    DOMESTIC = "domestic"
    NO_TAX_ID = "no_tax_id"
    UNVERIFIED_TAX_ID = "unverified_tax_id"
    UNVERIFIED_BUSINESS = "unverified_business"
    VERIFIED_TAX_ID = "verified_tax_id"
    VERIFIED_BUSINESS = "verified_business"

    @property
    def treatment(self) -> TaxTreatment:
        """How such a customer is taxed."""
        if self is TaxStatus.VERIFIED_TAX_ID:
            return TaxTreatment.REVERSE_CHARGE
        if self is TaxStatus.VERIFIED_BUSINESS:
            return TaxTreatment.OUTSIDE_SCOPE
        return TaxTreatment.STANDARD


def tax_status(
    *, abroad: bool, tax_ids: bool, has_tax_id: bool, verified: TaxEvidence | None
) -> TaxStatus:
    """The status of a business customer; `tax_ids` says whether its country has tax ids."""
    if not abroad:
        return TaxStatus.DOMESTIC
    if verified is not None:
        by_tax_id = verified is TaxEvidence.TAX_ID
        return TaxStatus.VERIFIED_TAX_ID if by_tax_id else TaxStatus.VERIFIED_BUSINESS
    if has_tax_id and tax_ids:
        return TaxStatus.UNVERIFIED_TAX_ID
    return TaxStatus.NO_TAX_ID if tax_ids else TaxStatus.UNVERIFIED_BUSINESS


@dataclass(frozen=True, slots=True)
class TaxLine:
    """The tax at one rate: `net` is the sum of its lines."""

    rate: Decimal
    net: Money
    tax: Money


def taxes(lines: Iterable[tuple[Decimal, Money]]) -> tuple[TaxLine, ...]:
    """The tax of (rate, net) lines, a `TaxLine` per rate, highest rate first."""
    by_rate: dict[Decimal, list[Money]] = {}
    for rate, net in lines:
        by_rate.setdefault(rate, []).append(net)
    nets = [
        (rate, Money.total(by_rate[rate], by_rate[rate][0].currency))
        for rate in sorted(by_rate, reverse=True)
    ]
    return tuple(tax_line(rate, net) for rate, net in nets)


def tax_line(rate: Decimal, net: Money) -> TaxLine:
    """The tax at a rate of what all of its lines come to: rounded here, and only here."""
    check_number(rate, places=RATE_PLACES, what="a VAT rate")
    return TaxLine(rate, net, net.times(rate))
