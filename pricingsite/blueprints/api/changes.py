"""Changing and ending billing schedules by programs: what it comes to, or the change itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from msgspec import Meta
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from pricingsite.blueprints.api.bodies import (
    FieldError,
    day_at,
    number_at,
    read_body,
    refusing_fields,
)
from pricingsite.blueprints.api.customers import customer_named
from pricingsite.blueprints.api.phases import (
    NewDiscount,
    NewPhasePrice,
    Number,
    above_zero_at,
    discount_at,
    prices_at,
)
from pricingsite.database import db
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Money, PricingError
from pricingsite.pricing.money import QUANTITY_PLACES, RATE_PLACES
from pricingsite.services.balances.credit_notes import CreditError
from pricingsite.services.changes.changing import Made, Maker, QuoteIt, make_change
from pricingsite.services.changes.choosing import quote_agreed
from pricingsite.services.changes.leaving import quote_end
from pricingsite.services.changes.plan_page import pending_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.refunding import refund_credit_notes
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import ChangeError, Wanted, WantedPlan, WantedPrices
from pricingsite.services.orders.promotions import PromotionError
from pricingsite.services.plans.as_sold import Choice
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.schedules.creating import AgreedTerms, ScheduleError
from pricingsite.services.schedules.deals import find_prices
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
_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Quantities = Annotated[dict[_Name, Number], Meta(max_length=100)]
_On = Annotated[
    str,
    Meta(
        pattern="^(now|period_end|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        description="now, period_end, or the first day of it, such as 2027-01-31.",
    ),
]
_DryRun = Annotated[bool, Meta(description="Whether to tell what it comes to alone; false.")]


def _what(description: str) -> Meta:
    return Meta(description=description)


class NewChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a schedule is changed to: either a plan or prices, which are then all that it has."""

    plan: Annotated[_Name | None, _what("A plan on sale, at its list prices of today.")] = None
    option: Annotated[_Name | None, _what("How to pay the plan; its first option if none.")] = None
    quantities: Annotated[_Quantities, _what("How many of the plan's prices, by price id.")] = (
        msgspec.field(default_factory=dict)
    )
    add_ons: Annotated[_Quantities, _what("How many of the plan's add-ons, by price id.")] = (
        msgspec.field(default_factory=dict)
    )
    code: Annotated[_Name | None, _what("A promotion code for the plan.")] = None
    prices: Annotated[
        Annotated[tuple[NewPhasePrice, ...], Meta(min_length=1, max_length=100)] | None,
        _what("Any prices, variants too."),
    ] = None
    discount: Annotated[NewDiscount | None, _what("What is taken off.")] = None
    minimum: Annotated[Number | None, _what("What a period of the main price costs at least.")] = (
        None
    )
    on: _On = "now"
    dry_run: _DryRun = False


class NewCancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of a schedule: the day before `on` is the last one covered."""

    on: _On = "period_end"
    give_back: Annotated[
        Literal["nothing", "credit", "refund"],
        _what("What becomes of money charged in advance for days after it; nothing if left out."),
    ] = "nothing"
    dry_run: _DryRun = False


@bp.post("/billing-schedules/<schedule_id>/changes")
@scope_required("schedules:write")
@idempotent
def create(schedule_id: str) -> ResponseReturnValue:
    """Change a schedule to a plan or to prices, or tell what that comes to."""
    body = read_body(NewChange)
    with refusing_fields():
        on = _when(body.on)
        wanted = _wanted(db.session(), body)

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
        on = _when(body.on)

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


def _when(text: str) -> date | When:
    """When a change takes effect. Raises `FieldError`."""
    if text in set(When):
        return When(text)
    return day_at("on", text)


def _plan_name(plan_id: str | None) -> str | None:
    plan = find_plan(db.session(), plan_id) if plan_id else None
    return plan.name if plan else None


def _wanted(session: Session, body: NewChange) -> Callable[[Session], Wanted]:
    """What a body asks for, to be read in any transaction. Raises `FieldError`."""
    if (body.plan is None) == (body.prices is None):
        raise FieldError("", "say either plan or prices")
    terms = AgreedTerms(
        minimum=above_zero_at(body.minimum, "minimum", RATE_PLACES),
        discount=discount_at(body.discount, "discount"),
    )
    if body.plan is not None:
        plan = _wanted_plan(body, body.plan, terms)
        return lambda _: plan
    for name in ("option", "quantities", "add_ons", "code"):
        if getattr(body, name):
            raise FieldError(name, "it is of a plan")
    sent = body.prices or ()

    def read(session: Session) -> Wanted:
        known = find_prices(session, {one.price for one in sent})
        prices = prices_at(sent, "prices", known)
        return WantedPrices(prices=prices, minimum=terms.minimum, discount=terms.discount)

    read(session)
    return read


def _wanted_plan(body: NewChange, plan_id: str, terms: AgreedTerms) -> WantedPlan:
    for name, value in (("plan", plan_id), ("option", body.option), ("code", body.code)):
        if value is not None and "\0" in value:
            raise FieldError(name, "it contains a NUL")
    choice = Choice(
        body.option,
        _quantities("quantities", body.quantities),
        _quantities("add_ons", body.add_ons),
    )
    return WantedPlan(plan_id=plan_id, choice=choice, code=body.code, terms=terms)


def _quantities(path: str, sent: Mapping[str, str | int]) -> dict[str, Decimal]:
    return {
        price_id: number_at(f"{path}.{price_id}", value, places=QUANTITY_PLACES)
        for price_id, value in sent.items()
    }
