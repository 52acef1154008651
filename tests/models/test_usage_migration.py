"""The migration to metrics by their latest event: with rows, and where it must refuse."""

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from support.accounts import Account
from support.jobs import metric

BEFORE = "0006"
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

pytestmark = pytest.mark.parametrize("database_url", BOTH, indirect=True)


def counts(session: Session) -> list[int]:
    tables = ("usage_metrics", "prices", "phase_prices", "usage_events", "usage_days")
    found = [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]  # noqa: S608
    session.rollback()
    return found


def days(session: Session) -> set[str]:
    return {column["name"] for column in inspect(session.get_bind()).get_columns("usage_days")}


def add_metric(session: Session, aggregation: str, property_: str | None) -> None:
    statement = (
        "INSERT INTO usage_metrics (id, position, event_type, aggregation, property, unit, "
        "unit_plural) VALUES ('m', 9, 'e', :aggregation, :property, 'thing', 'things')"
    )
    session.execute(text(statement), {"aggregation": aggregation, "property": property_})


def test_it_goes_down_and_up_with_the_rows_it_finds(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X")
    account.use(1500)
    session.commit()
    before, net = counts(session), account.read().bill.net
    session.rollback()
    downgrade(revision=BEFORE)
    assert counts(session) == before
    assert "latest" not in days(session)
    with pytest.raises(IntegrityError):
        add_metric(session, "latest", "value")
    session.rollback()
    upgrade()
    assert counts(session) == before
    assert account.read().bill.net == net


def test_it_is_not_taken_back_from_metrics_that_need_it(session: Session) -> None:
    session.add(metric("disks", "latest"))
    session.commit()
    with pytest.raises(SystemExit, match="disks"):
        downgrade(revision=BEFORE)
    assert "latest" in days(session)
    assert counts(session)[0] == 1


@pytest.mark.parametrize(
    ("aggregation", "property_"), [("mean", "value"), ("latest", None), ("count", "value")]
)
def test_the_database_refuses_a_metric_that_no_aggregation_knows(
    session: Session, aggregation: str, property_: str | None
) -> None:
    add_metric(session, "latest", "value")
    session.rollback()
    with pytest.raises(IntegrityError):
        add_metric(session, aggregation, property_)
    session.rollback()
