"""The migration to names of metrics and what they count: with rows, and where it must refuse."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect
from sqlalchemy.orm import Session
from support.accounts import Account

from pricingsite.models.catalog import UsageMetric

BEFORE = "0013"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
ADDED = {"name", "display_per", "where"}

pytestmark = pytest.mark.parametrize("database_url", BOTH, indirect=True)


def columns(session: Session) -> set[str]:
    found = inspect(session.get_bind()).get_columns("usage_metrics")
    session.rollback()
    return {column["name"] for column in found}


def test_it_goes_down_and_up_with_the_rows_it_finds(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X")
    account.use(1500)
    session.commit()
    net = account.read().bill.net
    session.rollback()
    downgrade(revision=BEFORE)
    assert not columns(session) & ADDED
    upgrade()
    assert columns(session) >= ADDED
    session.expire_all()
    metric = session.get_one(UsageMetric, "api_calls")
    assert (metric.name, metric.display_per, metric.where) == (None, None, {})
    assert account.read().bill.net == net


def test_it_is_not_taken_back_from_metrics_that_count_some_events(session: Session) -> None:
    Account(session)
    session.get_one(UsageMetric, "api_calls").where = {"region": "eu"}
    session.commit()
    with pytest.raises(SystemExit, match="api_calls"):
        downgrade(revision=BEFORE)
    assert columns(session) >= ADDED
