"""Bills of what fell due made into invoices: their lines in words, their tax, both parties."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import (
    Bill,
    LineItem,
    LineKind,
    PriceTerms,
    TaxTreatment,
    TermsLine,
    Volume,
    bill_of_lines,
    lines_of,
    local_date,
)
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing_run.agreements import Agreement, Due
from pricingsite.services.invoices.exchange import merchant_currency, rate_on
from pricingsite.services.invoices.new_invoices import NewInvoice, NewLine
from pricingsite.services.invoices.snapshots import buyer_details, seller_id
from pricingsite.services.merchant import Seller, read_seller
from pricingsite.wording.bills import line_description


@dataclass(frozen=True, slots=True)
class BilledSchedule:
    """A schedule as a billing run reads it."""

    id: str
    customer_id: str
    purchase_order: str | None
    next_invoice_on: date | None
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class _Taxation:
    """How a bill is taxed, and what its currency is worth in the merchant's own if need be."""

    treatment: TaxTreatment
    rate: Decimal | None
    merchant_currency: str | None
    exchange_rate: Decimal | None


@dataclass(slots=True)
class Drafts:
    """Invoices of schedules that are due, still to be stored, each with whom it is of.

    `next_days` are when each schedule is billed next, `faults` what is wrong with one, by its id.
    """

    made: list[tuple[BilledSchedule, Customer, NewInvoice]] = field(default_factory=list)
    next_days: dict[str, date | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


class Desk:
    """What all invoices of a transaction share: the seller, and the words of lines."""

    def __init__(self, session: Session, *, grace: timedelta, now: datetime) -> None:
        self.seller: Seller = read_seller(session)
        self.seller_id = seller_id(session, self.merchant)
        self.grace, self.now = grace, now
        self._session = session
        self._today: dict[str, date] = {}
        self._rates: dict[tuple[TaxTreatment, date], Decimal | None] = {}
        self._taxations: dict[tuple[Any, ...], _Taxation] = {}
        self._words: dict[tuple[Any, ...], str] = {}
        # By the line itself, which is kept so that no other takes its id.
        self._fixed: dict[int, tuple[LineItem | TermsLine, NewLine]] = {}
        self._exchange: dict[tuple[str, date], tuple[str | None, Decimal | None]] = {}

    @property
    def merchant(self) -> Merchant:
        """The merchant."""
        return self.seller.merchant

    def today(self, agreement: Agreement) -> date:
        """The date of an agreement's zone."""
        if (found := self._today.get(agreement.zone.key)) is None:
            found = self._today[agreement.zone.key] = local_date(self.now, agreement.zone)
        return found

    def bill(
        self,
        agreement: Agreement,
        due: Due,
        quantities: Sequence[Decimal | None],
        *,
        rate: Decimal | None,
    ) -> Bill:
        """The bill of what fell due, at the quantities of its services."""
        lines: list[LineItem] = []
        for (service, metric), quantity in zip(due.services, quantities, strict=True):
            if metric:
                lines += lines_of(service, quantity, rate)
            else:
                lines += due.fixed_lines(service, rate)
        return bill_of_lines(
            lines,
            period=due.period,
            currency=agreement.currency,
            tax_rate=rate,
            terms=due.terms,
        )

    def draft(
        self,
        schedule: BilledSchedule,
        customer: Customer,
        due: Due,
        quantities: Sequence[Decimal | None],
        *,
        billed_on: date,
        change_lines: Sequence[NewLine] = (),
    ) -> NewInvoice:
        """The invoice of what fell due on a day, with the lines that a change adds to it."""
        agreement = schedule.agreement
        taxed = self._taxation(customer, agreement.currency, billed_on)
        bill = self.bill(agreement, due, quantities, rate=taxed.rate)
        invoice = NewInvoice(
            customer_id=customer.id,
            schedule_id=schedule.id,
            billed_on=billed_on,
            currency=agreement.currency,
            tax_treatment=taxed.treatment,
            merchant_currency=taxed.merchant_currency,
            exchange_rate=taxed.exchange_rate,
            seller_id=self.seller_id,
            buyer=buyer_details(customer),
            purchase_order=schedule.purchase_order,
            drafted_at=self.now,
            # What is charged in advance waits for no usage.
            ready_at=due.starts_at + self.grace if due.is_in_arrears else due.starts_at,
            lines=[*self.lines(bill, billed_on), *change_lines],
        )
        # A minimum that is met has no line: its days are none of the invoice's.
        if invoice.lines and (change_lines or due.terms.minimums):
            invoice.add_up()
        else:
            invoice.total(due.period, bill.net.minor, bill.taxes)
        return invoice

    def _taxation(self, customer: Customer, currency: str, day: date) -> "_Taxation":
        """How a customer's bill of a day is taxed, which many share."""
        key = (
            customer.country,
            customer.tax_id is None,
            customer.tax_id_valid,
            customer.tax_evidence,
            currency,
            day,
        )
        if (found := self._taxations.get(key)) is None:
            treatment = tax_treatment(self.merchant, customer)
            rate, exchange = self.tax_rate(treatment, day), self.exchange(currency, day)
            found = self._taxations[key] = _Taxation(treatment, rate, *exchange)
        return found

    def tax_rate(self, treatment: TaxTreatment, day: date) -> Decimal | None:
        """The rate of a treatment on a day; None where bills name no tax."""
        if (treatment, day) not in self._rates:
            self._rates[treatment, day] = tax_rate(self.seller.rates, treatment, day)
        return self._rates[treatment, day]

    def exchange(self, currency: str, day: date) -> tuple[str | None, Decimal | None]:
        """The merchant's currency where it is another, and what one of this is worth in it."""
        if (currency, day) not in self._exchange:
            own = merchant_currency(self.merchant, day)
            rate = None if own == currency else rate_on(self._session, currency, day)
            self._exchange[currency, day] = (None if own == currency else own, rate)
        return self._exchange[currency, day]

    def lines(self, bill: Bill, billed_on: date) -> list[NewLine]:
        """A bill's lines as they are stored; those of fixed prices are shared."""
        found: list[NewLine] = []
        sequences: dict[tuple[str | None, date], int] = {}
        for line in bill.every_line:
            key = (line.price_id, line.period.start)
            sequence = sequences[key] = sequences.get(key, -1) + 1
            if line.kind is not LineKind.FIXED:
                found.append(self._line(line, billed_on, sequence))
                continue
            if (known := self._fixed.get(id(line))) is None:
                known = self._fixed[id(line)] = (line, self._line(line, billed_on, sequence))
            found.append(known[1])
        return found

    def _line(self, line: LineItem | TermsLine, billed_on: date, sequence: int) -> NewLine:
        part = line.proration
        return NewLine(
            billed_on=billed_on,
            kind=line.kind,
            price_id=line.price_id,
            sequence=sequence,
            period=line.period,
            description=self._description(line),
            quantity=line.quantity,
            unit=_unit(line),
            unit_price=line.unit_price,
            flat_fee=line.flat_fee,
            proration=(part.days_used, part.days_in_period) if part else None,
            tax_rate=line.tax_rate,
            net=line.net.minor,
        )

    def _description(self, line: LineItem | TermsLine) -> str:
        """A line in words, which many share."""
        if not isinstance(line, LineItem) or line.price.is_bought:
            return line_description(line)
        tier, by_quantity = line.tier, isinstance(line.price.structure, Volume)
        bounds = (tier.first_unit, tier.last_unit) if tier else None
        key = (line.price.id, line.quantity if by_quantity else None, bounds)
        if (words := self._words.get(key)) is None:
            words = self._words[key] = line_description(line)
        return words


def _unit(line: LineItem | TermsLine) -> str | None:
    price: PriceTerms | None = line.price if isinstance(line, LineItem) else None
    return price.unit.singular if price and price.unit else None
