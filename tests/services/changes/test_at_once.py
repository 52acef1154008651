"""Changes at once, beside a billing run, or killed: all of one is done, or nothing."""

import signal
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.billers import run_at_once
from support.changers import MADE, REFUSED, change_at_once, quote_now
from support.changing import IN_ADVANCE, Subscriber, fixed

from pricingsite.models.changes import ChangeLine, ScheduleChange
from pricingsite.models.invoices import Invoice
from pricingsite.services.schedules.reading import phase_on

APRIL, MID_APRIL, MAY = date(2027, 4, 1), date(2027, 4, 16), date(2027, 5, 1)


@pytest.fixture
def subscriber(session: Session) -> Subscriber:
    """Small for 20.00 in advance since 1 April; on the 16th it may be Large or Huge."""
    found = Subscriber(session)
    for n, (plan_id, amount) in enumerate((("small", "20"), ("large", "50"), ("huge", "80"))):
        found.product(plan_id)
        found.price(plan_id, product_id=plan_id, **IN_ADVANCE, **fixed(amount))
        found.plan(plan_id, plan_id, position=10 + n)
    found.begin("small", start=APRIL).bill(APRIL).on(MID_APRIL)
    session.commit()
    return found


def digest(subscriber: Subscriber, plan_id: str) -> str:
    found = quote_now(subscriber.session, subscriber.customer, plan_id, subscriber.now).digest
    subscriber.session.rollback()
    return found


def state(subscriber: Subscriber) -> tuple[set[str], int, int]:
    """What the customer has today, and how many changes and lines of changes are stored."""
    session = subscriber.session
    session.rollback()
    session.expire_all()
    phase = phase_on(subscriber.schedule, MID_APRIL)
    assert phase is not None
    changes = session.scalar(select(func.count()).select_from(ScheduleChange)) or 0
    lines = session.scalar(select(func.count()).select_from(ChangeLine)) or 0
    prices = {price.id for price in phase.prices}
    session.rollback()
    return prices, changes, lines


def nets(subscriber: Subscriber) -> list[tuple[date, int]]:
    session = subscriber.session
    session.rollback()
    rows = session.execute(select(Invoice.billed_on, Invoice.net).order_by(Invoice.id)).all()
    session.rollback()
    return [(day, net) for day, net in rows]


def test_of_two_browsers_one_wins(
    subscriber: Subscriber, database_url: str, tmp_path: Path
) -> None:
    changes = [(plan_id, digest(subscriber, plan_id), None) for plan_id in ("large", "huge")]
    customer_id, now = subscriber.customer.id, subscriber.now
    ended = change_at_once(database_url, tmp_path, customer_id, now, *changes)
    assert sorted(ended) == [MADE, REFUSED]
    won = changes[ended.index(MADE)][0]
    assert state(subscriber) == ({won}, 1, 1)


def test_a_change_beside_a_billing_run_is_billed_once(
    app: Flask, subscriber: Subscriber, database_url: str, tmp_path: Path
) -> None:
    """Whether the run comes first or the change, the difference is on one invoice of that day."""
    shown, customer_id, now = digest(subscriber, "large"), subscriber.customer.id, subscriber.now
    running = Thread(
        target=run_at_once, args=(database_url, tmp_path, now, None, None), kwargs={"chunk": 10}
    )
    running.start()
    ended = change_at_once(database_url, tmp_path, customer_id, now, ("large", shown, None))
    running.join()
    assert ended == [MADE]
    assert run_at_once(database_url, tmp_path, now, None, chunk=10) == [0]
    assert nets(subscriber) == [(APRIL, 2000), (MID_APRIL, 1500)]
    app.config["NOW"] = now
    checked = app.test_cli_runner().invoke(args=["check"])
    assert checked.exit_code == 0, checked.output


def test_a_change_that_is_killed_is_done_or_not(
    subscriber: Subscriber, database_url: str, tmp_path: Path
) -> None:
    shown, customer_id, now = digest(subscriber, "large"), subscriber.customer.id, subscriber.now
    before = state(subscriber)
    assert before == ({"small"}, 0, 0)
    for die_at in (12, 30, 36, 40, 44, 48, None):
        ended = change_at_once(database_url, tmp_path, customer_id, now, ("large", shown, die_at))
        if ended == [MADE]:
            break
        assert ended == [-signal.SIGKILL]
        assert state(subscriber) == before
    assert state(subscriber) == ({"large"}, 1, 1)
