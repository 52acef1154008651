"""Changes of billing schedules described."""

from pricingsite.blueprints.api.change_bodies import NewCancellation, NewChange
from pricingsite.blueprints.api.description.operations import (
    answer,
    idempotency_key,
    in_path,
    json_body,
    problem,
    problems,
)
from pricingsite.blueprints.api.description.schema_types import (
    Json,
    amount,
    count,
    day,
    incoming,
    list_of,
    moment,
    nullable,
    record,
    ref,
    text,
)
from pricingsite.models.changes import ChangeKind
from pricingsite.services.changes.dated_effects import Fate

_CHANGE: Json = {
    "kind": text("What it does.") | {"enum": [*ChangeKind]},
    "starts_on": day("The day on which it takes effect."),
    "from_plan": nullable("The plan before, by name; null for prices of its own."),
    "to_plan": nullable("The plan after, by name; null for prices of its own."),
    "made_at": moment("When it was made."),
    "undone_at": nullable("When it was undone, or replaced by another.", format="date-time"),
    "followed_by": nullable("The id of the billing schedule in another currency that follows."),
}
_QUOTE: Json = {
    "schedule": text("The billing schedule's id."),
    "customer": text("The customer's id."),
    "takes_effect_on": day("The day on which it takes effect."),
    "end_date": nullable(
        "The schedule's first day no longer covered; null is open.", format="date"
    ),
    "phases": list_of(ref("Phase"), "The schedule's phases with it, from its start."),
    "replaces": {
        "anyOf": [ref("ScheduleChange"), {"type": "null"}],
        "description": "The pending change whose place it takes.",
    },
    "prices": list_of(ref("PriceEffect"), "What becomes of each price."),
    "taken_back": list_of(
        ref("PriceEffect"), "What was to end or be less on a later day, and now stays."
    ),
    "bills": list_of(
        ref("QuotedBill"), "The bills that follow, up to the first of the new prices alone."
    ),
    "credited": list_of(ref("CreditedLine"), "What credit notes give back, before tax."),
    "next_invoice_on": nullable("The day of the next invoice; null for none.", format="date"),
    "followed_by": {
        "anyOf": [ref("FollowingSchedule"), {"type": "null"}],
        "description": "The billing schedule in another currency that begins when this one ends.",
    },
}

SCHEMAS: Json = incoming(NewChange, NewCancellation) | {
    "ScheduleChange": record(_CHANGE),
    "ChangeQuote": record(_QUOTE),
    "MadeChange": record(
        _QUOTE
        | {
            "change": ref("ScheduleChange"),
            "billing_schedule": ref("BillingSchedule"),
            "credit_notes": list_of({"type": "string"}, "The numbers of those it has issued."),
            "refunded": amount("What is recorded as refunded, with tax"),
        }
    ),
    "FollowingSchedule": record(
        {
            "currency": text("Its currency."),
            "start_date": day("Its first day."),
            "end_date": nullable("The first day no longer covered; null is open.", format="date"),
            "phases": list_of(ref("Phase"), "Its phases."),
        }
    ),
    "PriceEffect": record(
        {
            "price": text("The price's id."),
            "fate": text("What becomes of it.") | {"enum": [*Fate]},
            "on": nullable("The first day on which it is so; null for kept.", format="date"),
            "followed_by": nullable("The price that takes its place."),
        }
    ),
    "QuotedBill": record(
        {
            "billed_on": day("The day that it bills."),
            "currency": text("The code of ISO 4217."),
            "net": amount("Before tax"),
            "tax": amount("The tax"),
            "gross": amount("With tax"),
            "period": ref("Period"),
            "lines": list_of(ref("LineItem"), "They add up to net."),
            "has_usage": {
                "type": "boolean",
                "description": "Whether it has usage, which is as it is to date.",
            },
        }
    ),
    "CreditedLine": record(
        {
            "invoice": text("The number of the invoice that it corrects."),
            "line": count("The line of it, from 1."),
            "price_id": text("The price."),
            "description": text("The line in words."),
            "period": ref("Period"),
            "tax_rate": nullable("A fraction, such as 0.20."),
            "net": amount("Before tax"),
        }
    ),
}

_SCHEDULE = in_path("schedule_id", "Its id.", "sch_4n8x2k7q9v3t1m6z")


def _answers() -> Json:
    return {
        "200": answer("With dry_run: what it comes to, and nothing has changed", "ChangeQuote"),
        "201": answer("Made: what a dry run tells, and the change", "MadeChange"),
        **problems(400, 401, 403, 413, 415, 429, 503),
        "404": problem("No billing schedule has this id"),
        "409": problem("The Idempotency-Key came with another request"),
        "422": problem("The fields cannot be used, or the schedule cannot be changed in this way"),
    }


def _change() -> Json:
    return {
        "operationId": "changeBillingSchedule",
        "tags": ["Billing schedules"],
        "summary": "Change a billing schedule",
        "description": "To a plan on sale, or to any prices of the catalog: they are all that it "
        "then has. Fixed prices change on the day; a usage price that takes another's place "
        "follows when that one's period ends. It takes the place of a change that is pending.",
        "x-scope": "schedules:write",
        "parameters": [_SCHEDULE, idempotency_key()],
        "requestBody": json_body(
            "NewChange",
            {
                "prices": [{"price": "B"}, {"price": "Z"}],
                "discount": {"percent": "20", "periods": 3},
                "on": "2027-02-01",
                "dry_run": True,
            },
        ),
        "responses": _answers(),
    }


def _cancel() -> Json:
    return {
        "operationId": "cancelBillingSchedule",
        "tags": ["Billing schedules"],
        "summary": "End a billing schedule",
        "description": "The day before is the last one covered, and usage is billed whole. What "
        "was charged in advance for later days is kept, credited, or credited and recorded as "
        "refunded as far as it was paid.",
        "x-scope": "schedules:write",
        "parameters": [_SCHEDULE, idempotency_key()],
        "requestBody": json_body("NewCancellation", {"on": "period_end", "dry_run": True}),
        "responses": _answers(),
    }


def _undo() -> Json:
    return {
        "operationId": "undoPendingChange",
        "tags": ["Billing schedules"],
        "summary": "Undo the change that is pending",
        "description": "A change can be undone until the day on which it takes effect.",
        "x-scope": "schedules:write",
        "parameters": [_SCHEDULE],
        "responses": {
            "200": answer("The change that was undone", "ScheduleChange"),
            **problems(401, 403, 429, 503),
            "404": problem("No billing schedule has this id"),
            "422": problem("No change is pending"),
        },
    }


_PATH = "/api/v1/billing-schedules/{schedule_id}"
PATHS: Json = {
    f"{_PATH}/changes": {"post": _change()},
    f"{_PATH}/cancellation": {"post": _cancel()},
    f"{_PATH}/pending-change": {"delete": _undo()},
}
