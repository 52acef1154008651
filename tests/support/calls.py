"""A customer of Amara and its API calls, in tests: what they come to, or why they are refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.jobs import metric

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.pricing import Period
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.quantities import quantity
from pricingsite.services.usage.recording import UsageRefusedError, record

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
UNSET = object()


def a_customer(session: Session, name: str) -> Customer:
    details = CustomerDetails(legal_name=name, billing_email="ada@h.example", country="GB")
    customer = create_customer(session, details, now=NOW)
    session.commit()
    return customer


def use(customer: Customer, event_id: str = "e1", calls: Any = UNSET, **changes: Any) -> Event:
    data = {} if calls is UNSET else {"calls": calls}
    fields = {"source": "/gateway", "event_type": "api_call", "occurred_at": NOW, "data": data}
    return Event(**{"subject": customer.id, "event_id": event_id} | fields | changes)


def calls_of(session: Session, customer: Customer, period: Period = YEAR) -> Decimal:
    return quantity(session, customer.id, session.get_one(UsageMetric, "api_calls"), period)


def add_metric(session: Session, metric_id: str, aggregation: str, **changes: Any) -> UsageMetric:
    added = metric(metric_id, aggregation, **changes)
    session.add(added)
    session.commit()
    return added


def refused(session: Session, *events: Event, now: datetime = NOW) -> list[tuple[int, str]]:
    with pytest.raises(UsageRefusedError) as refusal:
        record(session, events, now=now)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(UsageEvent)) == 0
    assert session.scalar(select(func.count()).select_from(UsageDay)) == 0
    return [(one.index, one.reason) for one in refusal.value.problems]
