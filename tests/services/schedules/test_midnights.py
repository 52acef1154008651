"""What midnights change is told once, at the first look on the day or later."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from support.changing import Subscriber, fixed, noon

from pricingsite.database import WRITING
from pricingsite.models.merchant import Merchant
from pricingsite.models.webhooks import MidnightSweep, WebhookDelivery, WebhookEndpoint
from pricingsite.pricing import Trial
from pricingsite.services.changes.changing import lock_customer
from pricingsite.services.changes.timing import When
from pricingsite.services.price_moves.moving import make_move, plan_move, price_move
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.entitlements import entitlements
from pricingsite.services.schedules.midnights import claim_midnights, tell_of_midnights

CHANGED, ENDED = "schedule.changed", "schedule.ended"
ENTITLED = "entitlements.changed"
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
FEBRUARY, MARCH, APRIL = date(2027, 2, 1), date(2027, 3, 1), date(2027, 4, 1)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """A customer of whom a program is told; the midnights up to November's end were looked at."""
    found = Subscriber(session)
    session.add(
        WebhookEndpoint(url="https://a.example/", types=[], secret="x", created_at=noon(DECEMBER))
    )
    session.add(MidnightSweep(name="midnights", swept_until=date(2026, 11, 30)))
    session.flush()
    return found


def told(subscriber: Subscriber) -> list[str]:
    """The types of the events since the last look, in their order."""
    session = subscriber.session
    found = session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
    types = [one.event.type for one in found]
    session.execute(delete(WebhookDelivery))
    return types


def look(subscriber: Subscriber, at: date | datetime) -> list[str]:
    """A look at a moment, or a minute after a day has begun; what is told of by it."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(0, 1), UTC)
    session = subscriber.session
    today = session.get_one(Merchant, 1).today(moment)
    if days := claim_midnights(session, today=today):
        tell_of_midnights(session, days, now=moment)
    return told(subscriber)


def live(subscriber: Subscriber) -> None:
    """A schedule that is given more, pauses, returns and ends."""
    schedule = subscriber.subscribe("A", start=DECEMBER, end=APRIL)
    schedule.phases[-1].end_date = None
    for day, prices in ((JANUARY, ("A", "X")), (FEBRUARY, ()), (MARCH, ("A",))):
        subscriber.change(schedule, day, *prices)
    told(subscriber)


def test_each_phase_and_the_end_are_told_on_their_day(subscriber: Subscriber) -> None:
    live(subscriber)
    expected = {
        DECEMBER: [ENTITLED],
        JANUARY: [CHANGED, ENTITLED],
        FEBRUARY: [CHANGED, ENTITLED],
        MARCH: [CHANGED, ENTITLED],
        APRIL: [ENDED, ENTITLED],
    }
    for day, types in expected.items():
        assert look(subscriber, day - timedelta(days=1)) == []
        assert look(subscriber, day) == types, day
        assert look(subscriber, day) == []


def test_looks_that_were_off_for_months_tell_of_all_once(subscriber: Subscriber) -> None:
    live(subscriber)
    assert look(subscriber, APRIL + timedelta(days=9)) == [CHANGED] * 3 + [ENDED, ENTITLED]
    assert look(subscriber, APRIL + timedelta(days=10)) == []


def test_what_changes_no_product_is_no_change_of_what_may_be_used(subscriber: Subscriber) -> None:
    """A trial ends, and is paid from then on; a minimum is agreed."""
    trial = AgreedTerms(trial=Trial(31, continues=True))
    subscriber.begin("A", start=DECEMBER, terms=trial).on(date(2027, 1, 5))
    look(subscriber, DECEMBER)
    assert look(subscriber, JANUARY) == [CHANGED]
    subscriber.agree("A", on=When.PERIOD_END, minimum=Decimal(600))
    assert told(subscriber) == ["schedule.change_scheduled"]
    assert look(subscriber, FEBRUARY) == [CHANGED]


def test_one_that_is_cancelled_before_its_start_ends_then(subscriber: Subscriber) -> None:
    subscriber.begin("A", start=JANUARY).on(date(2026, 12, 9))
    subscriber.cancel()
    told(subscriber)
    assert look(subscriber, date(2026, 12, 31)) == []
    assert look(subscriber, JANUARY) == [ENDED]


def test_another_currency_is_told_as_an_end_and_a_beginning(subscriber: Subscriber) -> None:
    subscriber.price("A-usd", currency="USD", **fixed("650"))
    subscriber.plan("start", "A-usd", position=0, option="usd")
    subscriber.begin("A", start=DECEMBER).on(date(2026, 12, 9))
    look(subscriber, DECEMBER)
    for _ in range(2):
        subscriber.choose("start", When.PERIOD_END, option_id="usd")
        assert told(subscriber) == ["schedule.created", "schedule.change_scheduled"]
        subscriber.undo()
        assert told(subscriber) == [ENDED, "schedule.change_undone"]
    subscriber.choose("start", When.PERIOD_END, option_id="usd")
    told(subscriber)
    # The product is the same in either.
    assert look(subscriber, JANUARY) == [ENDED]


@pytest.mark.parametrize("seen", ["before the change", "after it"])
def test_a_change_on_the_day_of_another_is_told_with_it(subscriber: Subscriber, seen: str) -> None:
    """Whoever looks later finds the midnight's change replaced by the customer's own."""
    subscriber.begin("A", start=DECEMBER).on(date(2026, 12, 9))
    subscriber.choose("scale", When.PERIOD_END)
    look(subscriber, DECEMBER)
    if seen == "before the change":
        assert look(subscriber, JANUARY) == [CHANGED, ENTITLED]
    subscriber.on(JANUARY).agree("A", "X", on=When.NOW, minimum=Decimal(900))
    assert told(subscriber) == [CHANGED, ENTITLED]
    assert look(subscriber, JANUARY) == []


def test_a_change_made_while_its_day_begins_is_told_with_it(subscriber: Subscriber) -> None:
    """It was asked for on New Year's Eve, and is written after the look of New Year's Day."""
    subscriber.begin("A", start=DECEMBER).on(date(2026, 12, 31))
    look(subscriber, JANUARY)
    subscriber.choose("scale", When.PERIOD_END)
    assert told(subscriber) == [CHANGED, ENTITLED]
    assert look(subscriber, date(2027, 1, 2)) == []


def test_an_undo_made_while_its_day_begins_changes_back_what_may_be_used(
    subscriber: Subscriber,
) -> None:
    subscriber.begin("A", start=DECEMBER).on(date(2026, 12, 31))
    look(subscriber, date(2026, 12, 31))
    subscriber.choose("scale", When.PERIOD_END)
    assert look(subscriber, JANUARY) == ["schedule.change_scheduled", CHANGED, ENTITLED]
    subscriber.undo()
    assert told(subscriber) == ["schedule.change_undone", ENTITLED]


def test_a_schedule_made_while_its_day_begins_tells_of_itself(subscriber: Subscriber) -> None:
    look(subscriber, JANUARY)
    subscriber.subscribe("A", start=JANUARY)
    assert told(subscriber) == ["schedule.created", ENTITLED]


@contextmanager
def impatient(session: Session) -> Iterator[Session]:
    """Another session, in a transaction that will write, and that waits for nobody."""
    bind = session.get_bind()
    assert isinstance(bind, Engine)
    if bind.dialect.name == "sqlite":
        idle = bind.raw_connection()
        idle.cursor().execute("PRAGMA busy_timeout = 0")
        idle.close()
    with Session(bind) as other:
        connection = other.connection(execution_options={WRITING: True})
        if connection.dialect.name == "postgresql":
            other.execute(text("SET LOCAL lock_timeout = '100ms'"))
        yield other
        other.rollback()


@pytest.mark.parametrize("first", ["the change", "the look"])
def test_of_a_change_and_a_look_at_once_the_second_waits_and_nothing_is_missed(
    subscriber: Subscriber, first: str
) -> None:
    """A change of the last second of December, beside the look at New Year's Day."""
    session = subscriber.session
    subscriber.begin("A", start=DECEMBER).on(date(2026, 12, 31))
    look(subscriber, date(2026, 12, 31))
    session.commit()
    session.connection(execution_options={WRITING: True})
    if first == "the change":
        subscriber.choose("scale", When.PERIOD_END)
        with pytest.raises(OperationalError), impatient(session) as other:
            claim_midnights(other, today=JANUARY)
        session.commit()
        assert look(subscriber, JANUARY) == ["schedule.change_scheduled", CHANGED, ENTITLED]
        return
    assert look(subscriber, JANUARY) == []
    with pytest.raises(OperationalError), impatient(session) as other:
        lock_customer(other, subscriber.customer.id)
    session.commit()
    subscriber.choose("scale", When.PERIOD_END)
    assert told(subscriber) == [CHANGED, ENTITLED]


def test_a_price_moves_at_the_first_instant_of_its_day(subscriber: Subscriber) -> None:
    """In Beirut the 28th of March has no midnight: it begins at one o'clock."""
    session = subscriber.session
    session.get_one(Merchant, 1).timezone = "Asia/Beirut"
    subscriber.price("A2", **fixed("550"))
    subscriber.begin("A", start=date(2026, 12, 28)).on(date(2027, 1, 10))
    asked = price_move(session, "A", "A2", on=date(2027, 3, 20), now=subscriber.now)
    planned = plan_move(session, subscriber.schedule.id, asked, now=subscriber.now)
    assert planned is not None
    make_move(session, planned, asked, now=subscriber.now)
    begins = datetime(2027, 3, 27, 22, tzinfo=UTC)
    look(subscriber, date(2027, 3, 27))
    assert look(subscriber, begins - timedelta(seconds=1)) == []
    # The product is the same at either price.
    assert look(subscriber, begins) == [CHANGED]
    assert look(subscriber, begins + timedelta(hours=23)) == []
    for moment in (begins - timedelta(seconds=1), begins):
        found = entitlements(session, subscriber.customer.id, now=moment)
        assert found is not None
        assert [(one.id, one.until) for one in found.products] == [("platform", None)]
