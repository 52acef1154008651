"""The first bill of an order, or of prices that may become one, with the tax of its customer."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import BillTerms, FirstBill, PricingError, Span, first_bill
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.merchant import Seller, read_seller
from pricingsite.services.schedules.creating import ScheduleError
from pricingsite.services.schedules.reading import spans_of, terms_of

_NO_TERMS = BillTerms()


def first_bill_of_prices(session: Session, prices: Sequence[Price], start: date) -> FirstBill:
    """The first bill of prices from a day on, before there is a customer."""
    spans = [Span(price=price.terms, start=start) for price in prices]
    return _first_bill(read_seller(session), spans, start, None)


def first_bill_of_schedule(
    seller: Seller, schedule: BillingSchedule, customer: Customer
) -> FirstBill:
    """The first bill of a customer's schedule: after its trial, as if that were confirmed."""
    spans, terms = spans_of(schedule, confirmed=True), terms_of(schedule, confirmed=True)
    return _first_bill(seller, spans, schedule.anchor_date, customer, terms)


def check_billable(session: Session, schedule: BillingSchedule, customer: Customer) -> None:
    """Raise `ScheduleError` where a new schedule's first bill could not be made."""
    try:
        first_bill_of_schedule(read_seller(session), schedule, customer)
    except PricingError as error:
        raise ScheduleError(f"The first bill could not be made: {error}.") from None


def _first_bill(
    seller: Seller,
    spans: Sequence[Span],
    anchor: date,
    customer: Customer | None,
    terms: BillTerms = _NO_TERMS,
) -> FirstBill:
    treatment = tax_treatment(seller.merchant, customer)
    return first_bill(spans, anchor, lambda day: tax_rate(seller.rates, treatment, day), terms)
