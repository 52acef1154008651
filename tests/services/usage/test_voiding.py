"""What voiding promises: the events count no more, whatever was sent, once or twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session
from support.accounts import Account, differences

from pricingsite.models.usage import UsageEvent
from pricingsite.services.usage.checks import BadEvent
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.rebuilding import rebuild
from pricingsite.services.usage.recording import Recorded, UsageRefusedError, record
from pricingsite.services.usage.voiding import Voided, void

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)


@pytest.fixture
def account(session: Session) -> Account:
    account = Account(session)
    account.subscribe("A", "X")
    session.commit()
    return account


def name(account: Account, event_id: str) -> EventName:
    return EventName(account.customer.id, "/gateway", event_id)


def call(account: Account, event_id: str, calls: int, at: datetime = NOW) -> Event:
    return Event(account.customer.id, "/gateway", event_id, "api_call", at, {"calls": calls})


def net(account: Account) -> str:
    return str(account.read(NOW).bill.net)


def test_thirty_thousand_calls_for_three_thousand_come_back(account: Account) -> None:
    record(account.session, [call(account, "wrong", 30_000)], now=NOW)
    assert net(account) == "19300.00"
    void(account.session, [name(account, "wrong")], now=NOW)
    record(account.session, [call(account, "right", 3_000)], now=NOW)
    assert net(account) == "1750.00"
    assert not differences(account.session)


def test_voiding_twice_voids_once(account: Account) -> None:
    yesterday = NOW - timedelta(days=1)
    events = [call(account, "a", 1), call(account, "b", 2, yesterday), call(account, "c", 4)]
    record(account.session, events, now=NOW)
    names = [name(account, "a"), name(account, "b"), name(account, "a")]
    assert void(account.session, names, now=NOW) == Voided(voided=2, already_voided=1)
    assert void(account.session, names, now=NOW) == Voided(voided=0, already_voided=3)
    assert account.read(NOW).positions[0].quantity == 4
    assert not differences(account.session)


def test_a_voided_event_sent_again_is_a_duplicate_and_stays_out(account: Account) -> None:
    record(account.session, [call(account, "a", 5)], now=NOW)
    void(account.session, [name(account, "a")], now=NOW)
    again = record(account.session, [call(account, "a", 5)], now=NOW)
    assert again == Recorded(accepted=0, duplicates=1)
    assert account.read(NOW).positions[0].quantity == 0


def test_an_event_that_is_not_stored_is_named_and_nothing_is_voided(account: Account) -> None:
    record(account.session, [call(account, "a", 5)], now=NOW)
    account.session.commit()
    nobody = EventName("cus_nobody", "/gateway", "a")
    with pytest.raises(UsageRefusedError) as refusal:
        void(account.session, [name(account, "a"), name(account, "b"), nobody], now=NOW)
    account.session.rollback()
    assert refusal.value.problems == (
        BadEvent(1, "no event of this id and source is stored for this customer"),
        BadEvent(2, "no customer is known as 'cus_nobody'"),
    )
    stored = account.session.get_one(UsageEvent, ("a", "/gateway", account.customer.id))
    assert stored.voided_at is None


@pytest.mark.parametrize("levels", [979, 100_000])
def test_what_was_stored_too_deeply_nested_stands_in_no_void_s_way(
    account: Account, levels: int
) -> None:
    record(account.session, [call(account, "a", 5), call(account, "b", 7)], now=NOW)
    stored = account.session.get_one(UsageEvent, ("a", "/gateway", account.customer.id))
    stored.data = f'{{"calls":5,"n":{"[" * levels}{"]" * levels}}}'
    account.session.commit()
    assert not differences(account.session)
    void(account.session, [name(account, "b")], now=NOW)
    assert account.read(NOW).positions[0].quantity == 5
    assert rebuild(account.session, account.customer.id, now=NOW) == 1
    assert not differences(account.session)
