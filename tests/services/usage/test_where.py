"""Metrics that count only events of certain values: recorded, rebuilt and voided alike."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import NOW, Account, differences

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.usage import UsageEvent
from pricingsite.pricing import Aggregation, Period
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.metrics import read_counting, read_properties, text_properties
from pricingsite.services.usage.quantities import quantity
from pricingsite.services.usage.rebuilding import rebuild
from pricingsite.services.usage.recording import Recorded, UsageRefusedError, record
from pricingsite.services.usage.voiding import void

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
WHERE = {"eu": {"region": "eu"}, "us": {"region": "us"}, "us_cold": {"region": "us", "tier": "c"}}


@pytest.fixture
def regions(session: Session) -> Account:
    """An account, and three metrics of one event type that tell regions apart."""
    account = Account(session)
    for n, (name, where) in enumerate(WHERE.items(), start=10):
        session.add(
            UsageMetric(
                id=name,
                position=n,
                event_type="transfer",
                aggregation=Aggregation.SUM,
                property="gb",
                unit="GB",
                unit_plural="GB",
                where=where,
            )
        )
    session.commit()
    return account


def send(account: Account, *found: dict[str, Any]) -> Recorded:
    account.events += len(found)
    events = [
        Event(
            event_id=f"t{account.events - n}",
            source="/gateway",
            subject=account.customer.id,
            event_type="transfer",
            occurred_at=NOW,
            data=data,
        )
        for n, data in enumerate(found)
    ]
    recorded = record(account.session, events, now=NOW)
    account.session.commit()
    return recorded


def totals(account: Account) -> dict[str, Decimal]:
    assert differences(account.session) == []
    session, customer = account.session, account.customer.id
    found = {
        name: quantity(session, customer, session.get_one(UsageMetric, name), YEAR)
        for name in WHERE
    }
    return {name: total for name, total in found.items() if total}


def test_each_event_counts_where_its_data_match(regions: Account) -> None:
    recorded = send(
        regions,
        {"gb": 5, "region": "eu"},
        {"gb": 7, "region": "us"},
        {"gb": 11, "region": "us", "tier": "c"},
    )
    assert (recorded.accepted, recorded.uncounted) == (3, 0)
    assert totals(regions) == {"eu": 5, "us": 18, "us_cold": 11}


@pytest.mark.parametrize(
    "data",
    [
        {"gb": 5},
        {"gb": 5, "region": "EU"},
        {"gb": 5, "region": " eu"},
        {"gb": 5, "region": None},
        {"gb": 5, "region": 1},
        {"gb": 5, "region": ["eu"]},
        {"region": "ap", "gb": "no number at all"},
    ],
)
def test_an_event_that_no_where_matches_is_stored_and_counts_for_nothing(
    regions: Account, data: dict[str, Any]
) -> None:
    recorded = send(regions, data, {"gb": 1, "region": "eu"})
    assert (recorded.accepted, recorded.uncounted) == (2, 1)
    assert totals(regions) == {"eu": 1}
    assert regions.session.query(UsageEvent).count() == 2


def test_a_metric_refuses_only_what_it_would_count(regions: Account) -> None:
    with pytest.raises(UsageRefusedError, match="its data lacks 'gb'"):
        send(regions, {"region": "eu"})


def test_an_unknown_type_is_refused_as_ever(regions: Account) -> None:
    odd = Event(
        event_id="e",
        source="/gateway",
        subject=regions.customer.id,
        event_type="nothing",
        occurred_at=NOW,
        data={"region": "eu"},
    )
    with pytest.raises(UsageRefusedError, match="no metric counts events of type 'nothing'"):
        record(regions.session, [odd], now=NOW)


def test_rebuilding_and_voiding_follow(regions: Account) -> None:
    send(regions, {"gb": 5, "region": "eu"}, {"gb": 7, "region": "us"}, {"gb": 2})
    rebuild(regions.session, regions.customer.id, now=NOW)
    assert totals(regions) == {"eu": 5, "us": 7}
    names = [
        EventName(subject=regions.customer.id, source="/gateway", event_id=name)
        for name in ("t3", "t1")
    ]
    assert void(regions.session, names, now=NOW).voided == 2
    regions.session.commit()
    assert totals(regions) == {"us": 7}


def test_what_is_compared_is_text_in_files_too(regions: Account) -> None:
    rules = read_counting(regions.session).rules
    assert {("transfer", "region"), ("transfer", "tier")} <= text_properties(rules)
    assert {"gb", "region", "tier", "calls"} == read_properties(rules)
