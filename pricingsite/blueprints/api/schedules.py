"""Billing schedules as programs make and read them: custom deals, of one phase or several."""

from typing import Annotated

import msgspec
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from msgspec import Meta
from werkzeug.exceptions import Conflict, NotFound

from pricingsite.blueprints.api.bodies import FieldError, read_body, refusing_fields
from pricingsite.blueprints.api.customers import customer_named
from pricingsite.blueprints.api.paging import limit, refuse_unknown, refusing_cursors
from pricingsite.blueprints.api.phases import Phases, read_phases
from pricingsite.database import db
from pricingsite.forms.base import unwritable
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing.first_bill import check_billable
from pricingsite.services.customers.aliases import find_customer
from pricingsite.services.merchant import get_merchant
from pricingsite.services.schedules.creating import ScheduleError, create_schedule
from pricingsite.services.schedules.deals import OtherScheduleError, check_alone, new_deal
from pricingsite.services.schedules.listing import find_schedule, page_of_schedules
from pricingsite.web.clock import now
from pricingsite.web.customer_documents import schedule_document
from pricingsite.web.http.csrf import csrf
from pricingsite.web.http.problems import Problem
from pricingsite.web.idempotency import answering, idempotent
from pricingsite.web.links import absolute
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("schedules", __name__)
csrf.exempt(bp)


class NewBillingSchedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A deal with a customer."""

    customer: Annotated[
        str, Meta(description="The customer: its id, or an alias.", min_length=1, max_length=255)
    ]
    phases: Phases
    calendar: Annotated[
        bool, Meta(description="Whether it is billed by calendar months; false.")
    ] = False
    purchase_order: Annotated[
        Annotated[str, Meta(max_length=60)] | None,
        Meta(description="The customer's own reference, which its invoices state."),
    ] = None


@bp.get("/billing-schedules")
@scope_required("customers:read")
def index() -> ResponseReturnValue:
    """Schedules in the order of making, up to `limit` after `after`, or those of a customer."""
    refuse_unknown("customer", "limit", "after")
    named = request.args.get("customer")
    with refusing_cursors():
        page = page_of_schedules(
            db.session(),
            customer_id=None if named is None else customer_named(named).id,
            after=request.args.get("after"),
            limit=limit(),
        )
    found = [schedule_document(one, now=now()) for one in page.rows]
    return jsonify({"billing_schedules": found, "next": page.next})


@bp.get("/billing-schedules/<schedule_id>")
@scope_required("customers:read")
def read(schedule_id: str) -> ResponseReturnValue:
    """One schedule with its phases."""
    found = find_schedule(db.session(), schedule_id)
    if found is None:
        raise NotFound(f"There is no billing schedule {schedule_id!r}.")
    return jsonify(schedule_document(found, now=now()))


@bp.post("/billing-schedules")
@scope_required("schedules:write")
@idempotent
def create() -> ResponseReturnValue:
    """Make a deal with a customer; it is billed from its start on, verified or not."""
    body = read_body(NewBillingSchedule)
    with refusing_fields(), answering() as answer:
        schedule = _make(body)
        address = absolute("api.schedules.read", schedule_id=schedule.id)
        answer.gives(schedule_document(schedule, now=now()), 201, location=address)
    return answer.response


def _make(body: NewBillingSchedule) -> BillingSchedule:
    """Store the schedule that a body asks for. Raises `FieldError`."""
    session = db.session()
    customer = find_customer(session, body.customer)
    if customer is None:
        raise FieldError("customer", f"no customer is known as {body.customer!r}")
    if why := unwritable(body.purchase_order):
        raise FieldError("purchase_order", f"it {why}")
    phases = read_phases(session, body.phases, today=merchant_today())
    try:
        schedule = new_deal(
            customer=customer,
            phases=phases,
            by_calendar=body.calendar,
            purchase_order=(body.purchase_order or "").strip() or None,
            merchant=get_merchant(session),
            now=now(),
        )
        check_billable(session, schedule, customer)
        check_alone(session, schedule, customer)
    except ScheduleError as error:
        raise FieldError(error.path or "phases", str(error)) from None
    except OtherScheduleError as error:
        other = {"schedule": error.schedule_id}
        raise Problem(Conflict.code, "schedule-exists", str(error), **other) from None
    return create_schedule(session, schedule)
