"""What fell due on a day as it would be billed now, beside all that was ever billed for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind, InvoiceLine
from pricingsite.pricing import TaxTreatment
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing_run.agreements import Due
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.invoices.change_lines import read_change_lines
from pricingsite.services.invoices.new_invoices import NewLine
from pricingsite.services.usage.quantities import CustomerUsage

# A price's id, or None for discounts and minimums: they change together.
Group = str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The lines of a day as they would be now, and what was ever billed of each group.

    `invoice` is that day's, if it has one: that which replaced the others; of a day that was for
    nothing at first, the last that billed late usage of it. Amounts are in minor units; `treatment`
    and `rate` are those of the day's tax.
    """

    billed_on: date
    due: Due
    lines: list[NewLine]
    billed: Mapping[Group, int]
    invoice: Invoice | None
    treatment: TaxTreatment
    rate: Decimal | None

    @property
    def is_draft(self) -> bool:
        """Whether the day's invoice is an open draft, which is made again before it is issued."""
        invoice = self.invoice
        return invoice is not None and invoice.number is None and invoice.voided_at is None

    @property
    def now(self) -> dict[Group, int]:
        """What each group comes to now."""
        found: dict[Group, int] = defaultdict(int)
        for line in self.lines:
            found[line.price_id] += line.net
        return dict(found)

    @property
    def by_usage(self) -> set[Group]:
        """The groups that usage may change."""
        return {service.price.id for service, metric in self.due.services if metric} | {None}

    @property
    def differences(self) -> list[Group]:
        """The groups that come to something else than was billed."""
        now = self.now
        groups = dict.fromkeys([*now, *self.billed])
        return [group for group in groups if now.get(group, 0) != self.billed.get(group, 0)]


def compare(
    session: Session,
    desk: Desk,
    schedule: BilledSchedule,
    customer: Customer,
    days: Iterable[date],
) -> Iterator[Comparison]:
    """Compare the bills of days on which something of a schedule fell due."""
    due = {day: schedule.agreement.due_on(day) for day in days}
    if not due:
        return
    invoices, billed = _invoices(session, schedule.id, due), _ever_billed(session, schedule.id, due)
    by_change = read_change_lines(session, [schedule.id])
    usage = CustomerUsage(session, schedule.customer_id)
    usage.read(wanted for found in due.values() for wanted in found.usage)
    for day, what in due.items():
        invoice = invoices.get(day)
        treatment, rate = _tax(desk, customer, invoice, day)
        quantities = [
            usage.quantity(metric, service.period) if metric else None
            for service, metric in what.services
        ]
        bill = desk.bill(schedule.agreement, what, quantities, rate=rate)
        lines = [*desk.lines(bill, day), *by_change.get((schedule.id, day), ())]
        yield Comparison(day, what, lines, billed[day], invoice, treatment, rate)


def _invoices(session: Session, schedule_id: str, days: Iterable[date]) -> dict[date, Invoice]:
    """The invoice of each day: the one that replaced the others, where there are some."""
    rows = session.scalars(
        select(Invoice)
        .where(
            Invoice.schedule_id == schedule_id,
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.billed_on.in_(list(days)),
        )
        .order_by(Invoice.revision)
        .options(selectinload(Invoice.lines))
    )
    found = {invoice.billed_on: invoice for invoice in rows}
    missing = [day for day in days if day not in found]
    return found | (_billing_late(session, schedule_id, missing) if missing else {})


def _billing_late(session: Session, schedule_id: str, days: Sequence[date]) -> dict[date, Invoice]:
    """The last invoice with late usage of each day that was for nothing, and so has none itself."""
    rows = session.execute(
        select(InvoiceLine.billed_on, Invoice)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.schedule_id == schedule_id,
            InvoiceLine.billed_on.in_(days),
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.number.is_not(None),
        )
        .order_by(Invoice.id)
        .options(selectinload(Invoice.lines))
    )
    return dict(rows.all())


def _ever_billed(
    session: Session, schedule_id: str, days: Iterable[date]
) -> dict[date, dict[Group, int]]:
    """What was ever billed of each day and group; what goodwill gave back was billed all the same.

    Of an invoice that was replaced, though, nothing is left: what had been given back, too, is
    billed by the new one. A draft that was voided counts, as its period is not billed again.
    """
    stays = or_(Invoice.number.is_not(None), Invoice.voided_at.is_not(None))
    replaced = aliased(Invoice)
    is_replaced = exists().where(
        replaced.corrects_id == Invoice.corrects_id, replaced.cause == CreditCause.REPLACED
    )
    counts = or_(Invoice.cause.is_(None), Invoice.cause != CreditCause.GOODWILL, is_replaced)
    rows = session.execute(
        select(InvoiceLine.billed_on, InvoiceLine.price_id, func.sum(InvoiceLine.net))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.schedule_id == schedule_id,
            InvoiceLine.billed_on.in_(list(days)),
            stays,
            counts,
        )
        .group_by(InvoiceLine.billed_on, InvoiceLine.price_id)
    )
    found: dict[date, dict[Group, int]] = {day: {} for day in days}
    for day, price_id, net in rows:
        found[day][price_id] = int(net)
    return found


def _tax(
    desk: Desk, customer: Customer, invoice: Invoice | None, day: date
) -> tuple[TaxTreatment, Decimal | None]:
    """How a day was taxed, and at which rate; without an invoice, as it would be now."""
    if invoice is not None:
        own = (line.tax_rate for line in invoice.lines if line.billed_on == day)
        return invoice.tax_treatment, next(own, None)
    treatment = tax_treatment(desk.merchant, customer)
    return treatment, tax_rate(desk.seller.rates, treatment, day)
