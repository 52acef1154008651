"""The outbox: one e-mail a key, one deliverer a message, and a failure that is tried again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.database import db
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.messages.outbox import (
    claim,
    enqueue,
    mark_delivered,
    mark_failed,
    quota_key,
    within_quota,
)
from pricingsite.web.transaction import committing

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)


def write(session: Session, key: str, *, now: datetime = NOW) -> OutboxMessage:
    return enqueue(
        session, key=key, to="ada@ashdown.example", subject="A fact", text="Words", now=now
    )


def test_a_key_is_one_message_with_one_id(amara: Session) -> None:
    first, again, other = write(amara, "a"), write(amara, "a"), write(amara, "b")
    assert again is first
    assert first.message_id != other.message_id
    assert first.message_id.startswith("<")
    assert first.message_id.endswith("@amara.example>")
    assert len(amara.scalars(select(OutboxMessage)).all()) == 2


def test_one_key_at_the_same_moment_is_one_message(app: Flask, amara: Session) -> None:
    together = Barrier(2)

    def order(_: int) -> int:
        with app.app_context():
            together.wait(timeout=20)
            with committing(db.session):
                return write(db.session(), "a").id

    with ThreadPoolExecutor(2) as threads:
        ids = set(threads.map(order, range(2)))
    amara.rollback()
    assert [message.id for message in amara.scalars(select(OutboxMessage))] == list(ids)


def test_a_quota_holds_whoever_writes_at_the_same_moment(app: Flask, amara: Session) -> None:
    together = Barrier(8)
    quota = quota_key("order", "ada@ashdown.example")

    def order(number: int) -> None:
        with app.app_context():
            together.wait(timeout=20)
            with committing(db.session):
                if within_quota(db.session(), quota, now=NOW):
                    enqueue(
                        db.session(), key=str(number), to="ada@ashdown.example",
                        subject="A fact", text="Words", quota_key=quota, now=NOW,
                    )  # fmt: skip

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(order, range(8)))
    amara.rollback()
    assert len(amara.scalars(select(OutboxMessage)).all()) == 5
    assert within_quota(amara, quota_key("reset", "ada@ashdown.example"), now=NOW)
    assert within_quota(amara, quota, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "address", ["ada@ashdown.example", "A.da+1@Ashdown.example", "ada+@ashdown.example"]
)
def test_a_mailbox_has_one_quota_however_it_is_written(address: str) -> None:
    assert quota_key("order", address) == "order:ada@ashdown.example"


def test_a_subject_is_one_line(amara: Session) -> None:
    message = enqueue(
        amara,
        key="a",
        to="ada@ashdown.example",
        subject="Order 1\r\nBcc: eve@evil.example",
        text="Words",
        now=NOW,
    )
    assert message.subject == "Order 1 Bcc: eve@evil.example"


def test_messages_come_in_the_order_they_are_due(amara: Session) -> None:
    late, early = write(amara, "late", now=NOW), write(amara, "early", now=NOW - timedelta(hours=1))
    write(amara, "not-yet", now=NOW + timedelta(seconds=1))
    assert [claim(amara, now=NOW) for _ in range(3)] == [early, late, None]


def test_what_is_delivered_is_not_due_again(amara: Session) -> None:
    write(amara, "a")
    message = claim(amara, now=NOW)
    assert message is not None
    mark_delivered(message, now=NOW)
    amara.flush()
    assert (message.attempts, message.delivered_at, message.last_error) == (1, NOW, None)
    assert claim(amara, now=NOW + timedelta(days=30)) is None


def test_a_claim_runs_out_when_its_deliverer_died(amara: Session) -> None:
    message = write(amara, "a")
    assert claim(amara, now=NOW) is message
    assert claim(amara, now=NOW + timedelta(minutes=9)) is None
    assert claim(amara, now=NOW + timedelta(minutes=10)) is message


def test_failures_wait_twice_as_long_each_time_up_to_six_hours(amara: Session) -> None:
    message, at, waits = write(amara, "a"), NOW, []
    for _ in range(12):
        assert claim(amara, now=at) is message
        mark_failed(message, "mailbox full", now=at)
        amara.flush()
        waits.append(int((message.due_at - at).total_seconds() // 60))
        at = message.due_at
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert message.last_error == "mailbox full"
    assert message.attempts == 12


def test_two_deliverers_share_the_messages(app: Flask, amara: Session) -> None:
    ids = sorted(write(amara, f"key-{number}").id for number in range(12))
    amara.commit()
    together = Barrier(2)

    def deliver(_: int) -> list[int]:
        with app.app_context():
            together.wait(timeout=20)
            return list(iter(claim_one, None))

    def claim_one() -> int | None:
        with committing(db.session):
            message = claim(db.session(), now=NOW)
            return message.id if message else None

    with ThreadPoolExecutor(2) as threads:
        mine, yours = threads.map(deliver, range(2))
    assert sorted(mine + yours) == ids


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nobody_waits_for_a_message_that_another_is_claiming(app: Flask, amara: Session) -> None:
    first, second = write(amara, "a").id, write(amara, "b").id
    amara.commit()
    held = claim(amara, now=NOW)
    with app.app_context():
        other, nothing_left = claim(db.session(), now=NOW), claim(db.session(), now=NOW)
    assert held is not None
    assert other is not None
    assert (held.id, other.id, nothing_left) == (first, second, None)
