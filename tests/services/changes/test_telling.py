"""The events of changes, for the merchant's programs: one for each, and what changes today."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from support.changing import Subscriber, fixed

from pricingsite.models.webhooks import WebhookDelivery, WebhookEndpoint, WebhookEvent
from pricingsite.services.changes.timing import When
from pricingsite.services.price_moves.moving import make_move, plan_move, price_move

JUNE = date(2026, 6, 1)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """A customer of Amara's from June on, of whom a program is told."""
    found = Subscriber(session)
    found.begin("A", start=JUNE).on(date(2026, 6, 10))
    session.add(
        WebhookEndpoint(url="https://a.example/", types=[], secret="x", created_at=found.now)
    )
    session.flush()
    return found


def told(subscriber: Subscriber) -> list[str]:
    """The types of the events since the last look, and that each names what it is about."""
    session = subscriber.session
    events = session.scalars(select(WebhookEvent).order_by(WebhookEvent.created_at)).all()
    for one in events:
        of_customer = one.type.startswith("entitlements")
        assert one.about == (subscriber.customer.id if of_customer else subscriber.schedule.id)
    found = sorted(one.type for one in events)
    session.execute(delete(WebhookDelivery))
    session.execute(delete(WebhookEvent))
    return found


def test_a_change_now_is_told_with_what_the_customer_may_use(subscriber: Subscriber) -> None:
    subscriber.choose("scale")
    assert told(subscriber) == ["entitlements.changed", "schedule.changed"]


def test_a_change_for_a_later_day_is_told_and_its_undo(subscriber: Subscriber) -> None:
    subscriber.choose("scale", When.PERIOD_END)
    assert told(subscriber) == ["schedule.change_scheduled"]
    subscriber.cancel()
    assert told(subscriber) == ["schedule.change_scheduled"]
    subscriber.undo()
    assert told(subscriber) == ["schedule.change_undone"]


def test_an_end_today_is_told(subscriber: Subscriber) -> None:
    subscriber.end()
    assert told(subscriber) == ["entitlements.changed", "schedule.ended"]


def test_terms_that_change_no_price_change_nothing_to_use(subscriber: Subscriber) -> None:
    subscriber.agree("A", on=When.NOW, minimum=Decimal(600))
    assert told(subscriber) == ["schedule.changed"]


def test_another_way_to_pay_a_plan_changes_nothing_to_use(subscriber: Subscriber) -> None:
    subscriber.price("A-year", billing_frequency="yearly", **fixed("5000"))
    subscriber.plan("team", "A", position=20, option="monthly")
    subscriber.plan("team", "A-year", position=20, option="yearly")
    subscriber.agree_plan("team", on=When.NOW, option_id="monthly")
    told(subscriber)
    subscriber.on(date(2026, 6, 12)).choose("team", option_id="yearly")
    assert told(subscriber) == ["schedule.changed"]


def test_a_move_to_a_new_price_is_told_when_it_is_made(subscriber: Subscriber) -> None:
    subscriber.price("A2", **fixed("550"))
    session, now = subscriber.session, subscriber.now
    move = price_move(session, "A", "A2", on=None, now=now)
    planned = plan_move(session, subscriber.schedule.id, move, now=now)
    assert planned is not None
    make_move(session, planned, move, now=now)
    assert told(subscriber) == ["schedule.change_scheduled"]
