"""The first bill of prices that start together: when it is made, and what it is at least.

Checkout, order page, e-mails, the pricing page's "due today" and the account page before the start
all ask here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricingsite.pricing.bill import Bill, make_bill
from pricingsite.pricing.bill_terms import BillTerms, terms_due
from pricingsite.pricing.money import Money
from pricingsite.pricing.periods import BillingFrequency
from pricingsite.pricing.service_periods import Service, Span, bill_period, services_due
from pricingsite.pricing.terms import PriceTerms

_NO_TERMS = BillTerms()


@dataclass(frozen=True, slots=True)
class Trial:
    """So many days that are not billed; then it ends unless confirmed, or continues."""

    days: int
    continues: bool


@dataclass(frozen=True, slots=True)
class FirstBill:
    """The first invoice of a schedule: the day it is made, and its bill at zero usage.

    `prices` are those in force from the start. The bill's period is that of its lines; where they
    differ, the first billing period.
    """

    prices: tuple[PriceTerms, ...]
    start: date
    invoice_on: date
    bill: Bill
    terms: BillTerms

    @property
    def is_in_advance(self) -> bool:
        """Whether it is made on the first day, for what is charged in advance."""
        return self.invoice_on == self.start

    def due_on(self, day: date) -> Money:
        """What is billed on a day, tax included: all of it on the day it is made, else nothing."""
        return self.bill.gross if self.invoice_on == day else Money.zero(self.bill.currency)

    @property
    def is_free(self) -> bool:
        """Whether its prices never cost anything: no fee, no minimum, no usage that could."""
        return not self.terms.minimums and all(price.is_free for price in self.prices)

    @property
    def has_usage(self) -> bool:
        """Whether usage adds to its prices."""
        return any(price.is_usage for price in self.prices)

    @property
    def may_rise(self) -> bool:
        """Whether usage may add to this very bill."""
        return any(line.price.is_usage for line in self.bill.lines)

    @property
    def billed_by(self) -> frozenset[BillingFrequency]:
        """The billing frequencies of its lines."""
        return frozenset(line.price.billing_frequency for line in self.bill.lines)


def first_due(spans: Sequence[Span], anchor: date) -> tuple[date, tuple[Service, ...]]:
    """The day on which something first falls due, and what does.

    Prices in advance fall due on the first day itself, those in arrears after the first billing
    period.
    """
    start = min(span.start for span in spans)
    in_advance = services_due(spans, anchor, start)
    if in_advance:
        return start, in_advance
    end = bill_period(spans, anchor, start).end
    return end, services_due(spans, anchor, end)


def first_bill(
    spans: Sequence[Span],
    anchor: date,
    tax_rate_on: Callable[[date], Decimal | None],
    terms: BillTerms = _NO_TERMS,
) -> FirstBill:
    """The first bill of prices, at the tax rate of the day it is made: a fraction, or None."""
    start = min(span.start for span in spans)
    invoice_on, services = first_due(spans, anchor)
    periods = {service.period for service in services}
    bill = make_bill(
        [(service, Decimal(0) if service.price.is_usage else None) for service in services],
        period=periods.pop() if len(periods) == 1 else bill_period(spans, anchor, start),
        currency=spans[0].price.currency,
        tax_rate=tax_rate_on(invoice_on),
        terms=terms_due(terms, spans, anchor, invoice_on),
    )
    prices = tuple(span.price for span in spans if span.start == start)
    return FirstBill(prices, start, invoice_on, bill, terms)
