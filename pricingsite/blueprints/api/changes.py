"""Changing and ending billing schedules by programs: what it comes to, or the change itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from pricingsite.blueprints.api.bodies import read_body, refusing_fields
from pricingsite.blueprints.api.change_bodies import (
    NewCancellation,
    NewChange,
    wanted_of,
    when_of,
)
from pricingsite.blueprints.api.customers import customer_named
from pricingsite.database import db
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Money, PricingError
from pricingsite.services.balances.credit_notes import CreditError
from pricingsite.services.changes.changing import Made, Maker, QuoteIt, make_change
from pricingsite.services.changes.choosing import quote_agreed
from pricingsite.services.changes.leaving import quote_end
from pricingsite.services.changes.plan_page import pending_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.refunding import refund_credit_notes
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.schedules.creating import ScheduleError
from pricingsite.services.schedules.listing import find_schedule
from pricingsite.web.change_documents import change_document, quote_document
from pricingsite.web.clock import now
from pricingsite.web.customer_documents import schedule_document
from pricingsite.web.documents import Json
from pricingsite.web.http.csrf import csrf
from pricingsite.web.http.problems import Problem
from pricingsite.web.idempotency import answering, idempotent
from pricingsite.web.issuing import issue
from pricingsite.web.mails.merchants_changes import Tell, change_and_tell, undo_and_tell
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("changes", __name__)
csrf.exempt(bp)

_REFUSALS = (ChangeError, CreditError, PricingError, PromotionError, ScheduleError)
_OTHER = "This billing schedule is not the one that its customer is on."


@bp.post("/billing-schedules/<schedule_id>/changes")
@scope_required("schedules:write")
@idempotent
def create(schedule_id: str) -> ResponseReturnValue:
    """Change a schedule to a plan or to prices, or tell what that comes to."""
    body = read_body(NewChange)
    with refusing_fields():
        on = when_of(body.on)
        wanted = wanted_of(db.session(), body)

        def quote_it(session: Session, customer: Customer) -> ChangeQuote:
            return quote_agreed(session, customer, wanted(session), on=on, now=now())

        if body.dry_run:
            return jsonify(_quoted(schedule_id, quote_it))
        return _made(schedule_id, quote_it, to_plan=_plan_name(body.plan))


@bp.post("/billing-schedules/<schedule_id>/cancellation")
@scope_required("schedules:write")
@idempotent
def cancel(schedule_id: str) -> ResponseReturnValue:
    """End a schedule, or tell what that comes to."""
    body = read_body(NewCancellation)
    with refusing_fields():
        on = when_of(body.on)

    def quote_it(session: Session, customer: Customer) -> ChangeQuote:
        gives_back = body.give_back != "nothing"
        return quote_end(session, customer, on=on, gives_back=gives_back, now=now())

    if body.dry_run:
        return jsonify(_quoted(schedule_id, quote_it))
    return _made(schedule_id, quote_it, kind=ChangeKind.END, refunds=body.give_back == "refund")


@bp.delete("/billing-schedules/<schedule_id>/pending-change")
@scope_required("schedules:write")
def undo(schedule_id: str) -> ResponseReturnValue:
    """Undo the change of a schedule that has not taken effect yet."""
    with _refusing():
        customer = customer_named(_schedule(schedule_id).customer_id)
        pending = pending_of(db.session(), customer.id, now=now())
        if pending is not None and pending.schedule_id != schedule_id:
            raise ChangeError(_OTHER)
        change = undo_and_tell(customer)
    return jsonify(change_document(change))


def _schedule(schedule_id: str) -> BillingSchedule:
    found = find_schedule(db.session(), schedule_id)
    if found is None:
        raise NotFound(f"There is no billing schedule {schedule_id!r}.")
    return found


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell what services refuse as a problem."""
    try:
        yield
    except _REFUSALS as error:
        raise Problem(422, "change-refused", str(error)) from None


def _of(schedule_id: str, quote_it: QuoteIt) -> QuoteIt:
    """Quote, if what would be changed is this schedule."""

    def quote(session: Session, customer: Customer) -> ChangeQuote:
        found = quote_it(session, customer)
        if found.situation.schedule.id != schedule_id:
            raise ChangeError(_OTHER)
        return found

    return quote


def _quoted(schedule_id: str, quote_it: QuoteIt) -> Json:
    customer = customer_named(_schedule(schedule_id).customer_id)
    with _refusing():
        return quote_document(_of(schedule_id, quote_it)(db.session(), customer))


def _made(
    schedule_id: str,
    quote_it: QuoteIt,
    *,
    kind: ChangeKind = ChangeKind.PLAN,
    to_plan: str | None = None,
    refunds: bool = False,
) -> ResponseReturnValue:
    customer_id, quote = _schedule(schedule_id).customer_id, _of(schedule_id, quote_it)

    def make(shown: str, tell: Tell) -> ResponseReturnValue:
        with answering() as answer:
            made = make_change(
                db.session(),
                customer_id,
                quote,
                kind=kind,
                to_plan=to_plan,
                shown=shown,
                maker=Maker(issue=issue()),
                now=now(),
            )
            tell(made)
            refunded: tuple[Money, ...] = ()
            if refunds:
                refunded = refund_credit_notes(db.session(), made.credit_notes, now=now())
            answer.gives(_document(made, refunded), 201)
        return answer.response

    with _refusing():
        return change_and_tell(
            lambda: quote(db.session(), customer_named(customer_id)),
            make,
            kind=kind,
            to_plan=to_plan,
        )


def _document(made: Made, refunded: tuple[Money, ...]) -> Json:
    schedule = made.quote.situation.schedule
    return quote_document(made.quote) | {
        "change": change_document(made.change),
        "billing_schedule": schedule_document(schedule, now=now()),
        "credit_notes": [note.number for note in made.credit_notes],
        "refunded": str(Money.total(refunded, schedule.currency)),
    }


def _plan_name(plan_id: str | None) -> str | None:
    plan = find_plan(db.session(), plan_id) if plan_id else None
    return plan.name if plan else None
