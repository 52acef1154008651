"""Invoices and credit notes that are still to be stored: all that they say, decided once.

Amounts are whole minor units; a credit note's are negative.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pricingsite.models.invoices import CreditCause, InvoiceKind
from pricingsite.pricing import LineKind, Money, Period, TaxLine, TaxTreatment, exact_context, taxes

LANGUAGE = "en-GB"


@dataclass(slots=True, kw_only=True)
class NewLine:
    """A line to be stored; see `InvoiceLine`."""

    billed_on: date
    kind: LineKind
    price_id: str | None
    sequence: int
    period: Period
    description: str
    quantity: Decimal
    unit: str | None
    unit_price: Decimal
    flat_fee: Decimal | None = None
    proration: tuple[int, int] | None = None
    tax_rate: Decimal | None
    net: int
    _columns: tuple[object, ...] | None = None

    @property
    def columns(self) -> tuple[object, ...]:
        """Its own columns as they are stored, from `billed_on` to `net`; it stays as it is then."""
        if self._columns is None:
            days, of = self.proration or (None, None)
            self._columns = (
                str(self.billed_on),
                self.kind.value,
                self.price_id,
                self.sequence,
                str(self.period.start),
                str(self.period.end),
                self.description,
                f"{self.quantity:f}",
                self.unit,
                f"{self.unit_price:f}",
                None if self.flat_fee is None else f"{self.flat_fee:f}",
                days,
                of,
                None if self.tax_rate is None else f"{self.tax_rate:f}",
                self.net,
            )
        return self._columns


@dataclass(slots=True, kw_only=True)
class NewInvoice:
    """An invoice or a credit note to be stored; see `Invoice`. With an `id` it is a draft's."""

    id: int | None = None
    kind: InvoiceKind = InvoiceKind.INVOICE
    customer_id: str
    schedule_id: str
    billed_on: date
    revision: int = 0
    replaces_id: int | None = None
    corrects_id: int | None = None
    cause: CreditCause | None = None
    reason: str | None = None
    currency: str
    tax_treatment: TaxTreatment
    merchant_currency: str | None = None
    merchant_tax: int | None = None
    exchange_rate: Decimal | None = None
    seller_id: int
    buyer: dict[str, Any]
    purchase_order: str | None
    drafted_at: datetime
    ready_at: datetime
    held_at: datetime | None = None
    lines: list[NewLine] = field(default_factory=list)
    period: Period = field(init=False)
    net: int = field(init=False)
    tax: int = field(init=False)
    taxes: Sequence[TaxLine] = field(init=False)

    def add_up(self) -> None:
        """Work out its totals from its lines: net, and the tax of each rate rounded once."""
        net = sum(line.net for line in self.lines)
        sums: dict[Decimal, int] = {}
        for line in self.lines:
            if line.tax_rate is not None:
                sums[line.tax_rate] = sums.get(line.tax_rate, 0) + line.net
        by_rate = taxes((rate, Money(net, self.currency)) for rate, net in sums.items())
        # What corrects days that are billed already says so itself.
        own = [line.period for line in self.lines if line.kind is not LineKind.ADJUSTMENT]
        period = hull(own or (line.period for line in self.lines))
        self.total(period, net, by_rate)

    def total(self, period: Period, net: int, by_rate: Sequence[TaxLine]) -> None:
        """Set the totals of its lines, and its tax in the merchant's currency."""
        self.period, self.net, self.taxes = period, net, by_rate
        self.tax = sum(line.tax.minor for line in by_rate)
        if self.merchant_currency and self.exchange_rate is not None:
            with exact_context():
                exact = Money(self.tax, self.currency).amount * self.exchange_rate
            self.merchant_tax = Money.rounded(exact, self.merchant_currency).minor

    @property
    def lacks_rate(self) -> bool:
        """Whether its tax cannot be stated in the merchant's currency, as it has to be."""
        return bool(self.tax and self.merchant_currency and self.exchange_rate is None)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to bill: every line is 0."""
        return not any(line.net for line in self.lines)


def hull(periods: Iterable[Period]) -> Period:
    """The days from the first to the last of periods."""
    periods = list(periods)
    return Period(min(one.start for one in periods), max(one.end for one in periods))
