"""A metric of each aggregation on one type of event, jobs that report a value, and customers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.pricing import Aggregation
from pricingsite.services.usage.events import Event

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)


def metric(metric_id: str, aggregation: str, **changes: Any) -> UsageMetric:
    """A metric of jobs, by their `value` where its aggregation needs a property."""
    kind = Aggregation(aggregation)
    own = {"property": "value" if kind.needs_property else None, "event_type": "job"}
    names = {"unit": "job", "unit_plural": "jobs", "position": 9}
    return UsageMetric(id=metric_id, aggregation=kind, **own | names | changes)


def metrics() -> list[UsageMetric]:
    """`jobs_count`, `jobs_sum` and so on."""
    return [metric(f"jobs_{aggregation}", aggregation) for aggregation in Aggregation]


def job(
    event_id: object,
    value: object,
    at: datetime = NOW,
    subject: str = "cus_a",
    source: str = "/gateway",
) -> Event:
    return Event(subject, source, f"j{event_id}", "job", at, {"value": value})


def counted(aggregation: Aggregation, events: Iterable[Event]) -> Decimal:
    """What events come to, in plain Python."""
    ordered = sorted(events, key=lambda event: (event.occurred_at, event.source, event.event_id))
    values = [event.data["value"] for event in ordered]
    return Decimal(
        {
            Aggregation.COUNT: len(values),
            Aggregation.SUM: sum(values),
            Aggregation.MAX: max(values, default=0),
            Aggregation.UNIQUE: len(set(values)),
            Aggregation.LATEST: values[-1] if values else 0,
        }[aggregation]
    )


def add_customers(session: Session, *names: str) -> None:
    for name in names:
        customer = Customer(
            id=name, legal_name=name, billing_email="a@h.example", country="GB", created_at=NOW
        )
        session.add(customer)
    session.commit()
