"""The one commit: a write is whole or leaves nothing, and waits its turn on SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pricingsite.database import db
from pricingsite.models.customers import Customer, CustomerAlias
from pricingsite.web.transaction import committing

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
pytestmark = pytest.mark.parametrize("database_url", BOTH, indirect=True)


def customer(name: str) -> Customer:
    return Customer(
        legal_name=name,
        billing_email="a@b.example",
        country="GB",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_who_raises_inside_leaves_nothing_behind(session: Session) -> None:
    def half_an_order() -> None:
        with committing(session):
            session.add(customer("Half Ltd"))
            session.flush()
            raise RuntimeError("the last step failed")

    with pytest.raises(RuntimeError):
        half_an_order()
    assert session.scalars(select(Customer)).all() == []


def set_default(statement: str) -> None:
    with committing(db.session):
        db.session.execute(text(statement))
    db.engine.dispose()  # Connections that are open keep theirs.


@pytest.fixture
def repeatable_read(app: Flask) -> Iterator[None]:
    """A server that usually keeps to the snapshot of a transaction's first statement."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            yield
            return
        name = db.session.scalar(text("SELECT current_database()"))
        usually = f'ALTER DATABASE "{name}" SET default_transaction_isolation TO'
        set_default(f"{usually} 'repeatable read'")
        yield
        set_default(f"{usually} DEFAULT")


@pytest.mark.usefixtures("repeatable_read")
def test_a_reader_may_turn_writer_after_somebody_else_wrote(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalars(select(Customer)).all() == []
        with app.app_context(), committing(db.session):
            db.session.add(customer("First Ltd"))
        with committing(db.session):
            assert len(db.session.scalars(select(Customer)).all()) == 1
            db.session.add(customer("Second Ltd"))
        assert len(db.session.scalars(select(Customer)).all()) == 2


def test_what_was_read_before_is_read_again(app: Flask) -> None:
    with app.app_context():
        with committing(db.session):
            db.session.add(customer("First Ltd"))
        found = db.session.scalars(select(Customer)).one()
        with app.app_context(), committing(db.session):
            db.session.scalars(select(Customer)).one().legal_name = "Renamed Ltd"
        assert found.legal_name == "First Ltd"
        with committing(db.session):
            assert found.legal_name == "Renamed Ltd"


def test_writers_wait_their_turn(app: Flask) -> None:
    together, failures = Barrier(6), []

    def write(index: int) -> None:
        together.wait()
        try:
            with app.app_context(), committing(db.session):
                owner = customer(f"Customer {index}")
                db.session.add(owner)
                db.session.flush()
                db.session.add(CustomerAlias(alias=f"alias-{index}", customer_id=owner.id))
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [Thread(target=write, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with app.app_context():
        assert len(db.session.scalars(select(Customer)).all()) == 6
