"""What was invoiced in advance up to a day on which it was to end, and then goes on.

The rest of its period is charged from that day on. Days are the schedule's own zone's.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import LineKind
from pricingsite.services.changes.drafts import ScheduleDraft
from pricingsite.services.changes.timing import discount_left

_ONE_DAY = timedelta(days=1)


def resumed(session: Session, schedule: BillingSchedule, draft: ScheduleDraft) -> ScheduleDraft:
    """A draft of a schedule in which what was invoiced for less than its period is charged on."""
    if not any(place.is_in_advance for phase in draft.phases for place in phase.places):
        return draft
    for price_id, start, end in _billed(session, schedule.id):
        if draft.end is None or end < draft.end:
            draft = _charged_on(draft, schedule.anchor_date, price_id, start, end)
    return draft


def _billed(session: Session, schedule_id: str) -> Iterable[tuple[str, date, date]]:
    """Each price that was invoiced for a part of its period, and for which."""
    rows = session.execute(
        select(InvoiceLine.price_id, InvoiceLine.period_start, InvoiceLine.period_end)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(
            InvoiceLine.schedule_id == schedule_id,
            InvoiceLine.kind == LineKind.FIXED,
            InvoiceLine.proration_days.is_not(None),
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.number.is_not(None),
        )
        .order_by(InvoiceLine.period_end)
        .distinct()
    )
    return [(price_id, start, end) for price_id, start, end in rows if price_id]


def _charged_on(
    draft: ScheduleDraft, anchor: date, price_id: str, start: date, end: date
) -> ScheduleDraft:
    """A draft in which a price that is there from a day on is charged again from a later one."""
    phases = [phase for phase in draft.since(start) if phase.start <= end]
    places = [place for phase in phases if (place := phase.place_of(price_id))]
    goes_on = len(places) == len(phases) and len({place.anchor for place in places}) == 1
    if not goes_on or places[0].period_of(anchor, end).start == end:
        return draft
    before = draft.phase_on(end - _ONE_DAY)
    cut = tuple(
        replace(one, charged_until=end) if one.price.id == price_id else one
        for one in before.places
    )
    first, *later = draft.since(end)
    is_cut = draft.phase_on(end).start < end
    left = discount_left(before, anchor, end) if is_cut else first.discount
    return replace(
        draft,
        phases=(
            *draft.before(before.start),
            replace(before, end=end, places=cut),
            replace(first, discount=left),
            *later,
        ),
    )
