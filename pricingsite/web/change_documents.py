"""Changes of schedules, and what they come to, in JSON (design.md §4.8)."""

from datetime import date, datetime

from pricingsite.models.changes import ScheduleChange
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import LineKind
from pricingsite.services.changes.crediting import TakenOff, UnusedCharge
from pricingsite.services.changes.dated_effects import Effect, dated_effects_of
from pricingsite.services.changes.drafts import as_drafted
from pricingsite.services.changes.history import ScheduleState
from pricingsite.services.changes.quoting import ChangeQuote, QuotedBill
from pricingsite.web.customer_documents import (
    phase_document,
    schedule_document,
)
from pricingsite.web.documents import Json, bill, number, period


def state_document(of: ScheduleState, *, now: datetime) -> Json:
    """A billing schedule, its plan, when it is billed next, and its changes."""
    return schedule_document(of.schedule, now=now) | {
        "plan": of.plan_name,
        "next_invoice_on": _day(of.next_invoice_on),
        "pending_change": change_document(of.pending) if of.pending else None,
        "changes": [change_document(one) for one in of.changes],
    }


def change_document(of: ScheduleChange) -> Json:
    """A change of a schedule as it was made; `undone_at` where it counts no more."""
    return {
        "kind": of.kind.value,
        "starts_on": of.starts_on.isoformat(),
        "from_plan": of.from_plan,
        "to_plan": of.to_plan,
        "made_at": of.made_at.isoformat(),
        "undone_at": of.undone_at.isoformat() if of.undone_at else None,
        "followed_by": of.following_id,
    }


def quote_document(of: ChangeQuote) -> Json:
    """What a change comes to: the schedule then, the bills up to the first of the new terms alone.

    A line of kind `adjustment` takes off what was paid in advance; `credited` is what credit notes
    give back, net.
    """
    schedule, pending = of.situation.schedule, of.situation.pending
    effects = dated_effects_of(of)
    return {
        "schedule": schedule.id,
        "customer": schedule.customer_id,
        "takes_effect_on": of.on.isoformat(),
        "end_date": _day(of.after.end),
        "phases": [phase_document(phase) for phase in as_drafted(schedule, of.after).phases],
        "replaces": change_document(pending) if pending else None,
        "prices": [_effect(one) for one in effects.prices],
        "taken_back": [_effect(one) for one in effects.taken_back],
        "bills": [_bill(one) for one in of.bills],
        "credited": [_credited(one) for one in of.credited],
        "next_invoice_on": _day(of.next_invoice_on),
        "followed_by": _following(of.following) if of.following else None,
    }


def _following(of: BillingSchedule) -> Json:
    """The schedule in another currency that begins when this one ends."""
    return {
        "currency": of.currency,
        "start_date": of.start_date.isoformat(),
        "end_date": _day(of.end_date),
        "phases": [phase_document(phase) for phase in of.phases],
    }


def _effect(of: Effect) -> Json:
    """What becomes of a price: its `fate`, from which day on, and what follows it."""
    return {
        "price": of.price.id,
        "fate": of.fate.value,
        "on": _day(of.on),
        "followed_by": of.following.id if of.following else None,
    }


def _bill(of: QuotedBill) -> Json:
    document = bill(of.bill)
    return document | {
        "billed_on": of.on.isoformat(),
        "net": str(of.net),
        "tax": str(of.tax),
        "gross": str(of.gross),
        "lines": [*document["lines"], *map(_unused, of.unused)],
        "has_usage": of.has_usage,
    }


def _unused(of: TakenOff) -> Json:
    """As the line that an invoice has of it."""
    return {
        "price_id": of.price_id,
        "kind": LineKind.ADJUSTMENT.value,
        "description": of.description,
        "period": period(of.period),
        "quantity": "-1",
        "unit_price": str(of.net),
        "flat_fee": None,
        "proration": None,
        "tax_rate": number(of.tax_rate),
        "net": str(-of.net),
    }


def _credited(of: UnusedCharge) -> Json:
    return {
        "invoice": of.invoice.number,
        "line": of.place,
        "price_id": of.price_id,
        "description": of.description,
        "period": period(of.period),
        "tax_rate": number(of.tax_rate),
        "net": str(of.net),
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
