"""Many customers of Scale, as a billing run finds them: due, with a month of usage."""

from datetime import date, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session
from support.accounts import NOW

from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.models.usage import UsageDay

_CHUNK = 5_000


def add_customers(
    session: Session, count: int, *, month: date, days: int = 30, starts: int = 24
) -> None:
    """So many customers who started on the first of one of the months up to one, due after it."""
    firsts = [month]
    while len(firsts) < starts:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    due = (month + timedelta(days=31)).replace(day=1)
    for first in range(0, count, _CHUNK):
        numbers = range(first, min(first + _CHUNK, count))
        session.execute(insert(Customer), [_customer(n) for n in numbers])
        session.execute(
            insert(BillingSchedule), [_schedule(n, firsts[n % starts], due) for n in numbers]
        )
        session.execute(
            insert(Phase),
            [
                {"id": n + 1, "schedule_id": f"sch_{n:07}", "start_date": firsts[n % starts]}
                for n in numbers
            ],
        )
        session.execute(
            insert(PhasePrice),
            [
                {"phase_id": n + 1, "price_id": price, "position": position}
                for n in numbers
                for position, price in enumerate("AX")
            ],
        )
        used = [_usage(n, month + timedelta(days=day)) for n in numbers for day in range(days)]
        if used:
            session.execute(insert(UsageDay), used)
        session.commit()


def _customer(number: int) -> dict[str, object]:
    return {
        "id": f"cus_{number:07}",
        "legal_name": f"Customer {number} Ltd",
        "billing_email": f"bills@customer-{number}.example",
        "line1": f"{number} Example Street",
        "town": "London",
        "postcode": "E1 6AN",
        "country": "GB",
        "tax_id_verified": False,
        "created_at": NOW,
        "verified_at": NOW,
    }


def _schedule(number: int, start: date, due: date) -> dict[str, object]:
    return {
        "id": f"sch_{number:07}",
        "customer_id": f"cus_{number:07}",
        "currency": "GBP",
        "timezone": "Europe/London",
        "start_date": start,
        "anchor_date": start,
        "created_at": NOW,
        "next_invoice_on": due,
    }


def _usage(number: int, day: date) -> dict[str, object]:
    return {
        "customer_id": f"cus_{number:07}",
        "metric_id": "api_calls",
        "day": day,
        "event_count": 10,
        "total": 10 + number % 100,
        "last_event_at": NOW,
        "updated_at": NOW,
    }
