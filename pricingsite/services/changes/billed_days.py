"""Days that are billed already: whether a change would alter what stands on their invoices.

A day has one invoice. An open draft of it is made again, with the change, before it is issued.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import DueTerms, LineKind, Money, Service, make_bill
from pricingsite.services.billing_run.agreements import Due
from pricingsite.services.changes.drafts import ScheduleDraft


def has_invoice(session: Session, schedule_id: str, day: date) -> bool:
    """Whether a day has an invoice that stays as it is."""
    return _is_found(session, schedule_id, day, is_open=False)


def has_draft(session: Session, schedule_id: str, day: date) -> bool:
    """Whether there is an open draft of a day."""
    return _is_found(session, schedule_id, day, is_open=True)


def _is_found(session: Session, schedule_id: str, day: date, *, is_open: bool) -> bool:
    is_draft = Invoice.number.is_(None) & Invoice.voided_at.is_(None)
    found = select(Invoice.id).where(
        Invoice.schedule_id == schedule_id,
        Invoice.kind == InvoiceKind.INVOICE,
        Invoice.billed_on == day,
        is_draft if is_open else ~is_draft,
    )
    return session.scalar(found.limit(1)) is not None


def alters(
    draft: ScheduleDraft, schedule: BillingSchedule, day: date, *, before: Due, after: Due
) -> bool:
    """Whether the bill of a day would be another after a change, which makes it `after`.

    What there was the day before, and ends on it, can stay on its invoice and be given back.
    """
    anchor, currency = schedule.anchor_date, schedule.currency
    now, then = _services(after), _services(before)
    gone = [service for service in then if service not in now]
    # What was charged and ended on this very day is charged; once more would be another charge.
    if any(now.count(service) > then.count(service) for service in now):
        return True
    if any(one.period.start == day and not _was_there(draft, anchor, one, day) for one in gone):
        return True
    return _by_terms(before, before.terms, currency) != _by_terms(before, after.terms, currency)


def is_billed_alike(one: Due, other: Due, currency: str) -> bool:
    """Whether what falls due comes to the same, charge by charge and by its terms."""
    if _services(one) != _services(other):
        return False
    return _by_terms(one, one.terms, currency) == _by_terms(one, other.terms, currency)


def _services(due: Due) -> list[Service]:
    """What falls due, to be compared: no two metrics are equal that were read apart."""
    return [service for service, _ in due.services]


def _was_there(draft: ScheduleDraft, anchor: date, service: Service, day: date) -> bool:
    """Whether as much of a price was there the day before, and was charged beyond that."""
    earlier = [phase for phase in draft.phases if phase.start < day and not phase.trial]
    place = earlier[-1].place_of(service.price.id) if earlier else None
    if place is None or place.terms != service.price or place.charged_until == day:
        return False
    return place.period_of(anchor, day) == service.full_period


def _by_terms(due: Due, terms: DueTerms, currency: str) -> list[tuple[LineKind, Money]]:
    """What discounts and minimums make of what falls due without usage, on some terms."""
    services = [(one, Decimal(0) if metric else None) for one, metric in due.services]
    bill = make_bill(services, period=due.period, currency=currency, tax_rate=None, terms=terms)
    return [(line.kind, line.net) for line in bill.terms_lines if line.net.minor]
