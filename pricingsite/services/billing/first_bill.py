"""The first bill of prices from a day on: when it comes, and what it is at least."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    Money,
    Period,
    PriceTerms,
    Span,
    make_bill,
    services_due,
)
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.merchant import get_merchant
from pricingsite.services.schedules.reading import first_invoice


@dataclass(frozen=True, slots=True)
class FirstBill:
    """The first invoice of prices: the day it is made, its period, and what it is at least.

    `period` is that of its lines; where they differ, the shortest that is billed.
    """

    prices: tuple[PriceTerms, ...]
    invoice_on: date
    period: Period
    bill: Bill

    @property
    def due_today(self) -> Money:
        """What is to be paid when ordering: nothing, since every bill is an invoice."""
        return Money.zero(self.bill.currency)

    @property
    def billed_by(self) -> frozenset[BillingFrequency]:
        """The billing frequencies of its lines."""
        return frozenset(line.price.billing_frequency for line in self.bill.lines)


def first_bill(
    session: Session, prices: Sequence[Price], start: date, *, customer: Customer | None = None
) -> FirstBill:
    """The first bill of prices from a day on, at zero usage: the least that it can be.

    VAT is the customer's on the invoice day; before there is a customer, the domestic rate.
    """
    terms = tuple(price.terms for price in prices)
    taxed = tax_treatment(get_merchant(session), customer)
    spans = tuple(Span(price=price, start=start) for price in terms)
    invoice_on, period = first_invoice(prices, start)
    services = services_due(spans, start, invoice_on)
    billed = {service.period for service in services}
    period = billed.pop() if len(billed) == 1 else period
    bill = make_bill(
        [(service, Decimal(0) if service.price.is_usage else None) for service in services],
        period=period,
        currency=prices[0].currency,
        tax_rate=tax_rate(session, taxed, invoice_on),
    )
    return FirstBill(terms, invoice_on, period, bill)


def first_bill_of(session: Session, order: Order) -> FirstBill:
    """The first bill of an order, as `first_bill`."""
    schedule = order.schedule
    prices = schedule.phases[0].prices
    return first_bill(session, prices, schedule.start_date, customer=order.customer)
