"""The column types lose nothing on the way in or out, on either database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from pricingsite.models.customers import Customer
from pricingsite.models.types import DecimalText, Micros, UTCDateTime, new_id, new_reference

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
MOMENT = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=1)))


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "rows_of_types"

    id: Mapped[int] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(DecimalText)
    quantity: Mapped[Decimal] = mapped_column(Micros)
    moment: Mapped[datetime] = mapped_column(UTCDateTime)


@pytest.fixture
def rows(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    Base.metadata.drop_all(engine)
    engine.dispose()


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_nothing_is_lost(rows: Session) -> None:
    rate, quantity = Decimal("123456789.000000000001"), Decimal("1000000000.000001")
    rows.add(Row(rate=rate, quantity=quantity, moment=MOMENT))
    rows.add(Row(rate=Decimal("0.1"), quantity=Decimal("0.000001"), moment=MOMENT))
    rows.commit()
    rows.expire_all()
    row = rows.get_one(Row, 1)
    assert (row.rate, row.quantity) == (rate, quantity)
    assert row.moment == MOMENT
    assert row.moment.tzinfo is UTC
    assert rows.scalar(select(func.sum(Row.quantity))) == Decimal("1000000000.000002")


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
@pytest.mark.parametrize(
    "wrong",
    [{"quantity": Decimal("0.0000001")}, {"moment": datetime(2026, 1, 1)}],  # noqa: DTZ001
)
def test_what_would_be_guessed_at_is_refused(rows: Session, wrong: dict[str, object]) -> None:
    fine = {"rate": Decimal(1), "quantity": Decimal(1), "moment": MOMENT}
    rows.add(Row(**(fine | wrong)))
    with pytest.raises(StatementError):
        rows.flush()
    rows.rollback()


def test_identifiers_are_told_apart_and_read_out() -> None:
    assert new_id("cus").startswith("cus_")
    assert len({new_id("cus") for _ in range(1000)}) == 1000
    assert len(new_reference()) == 11
    assert not set(new_reference()) & set("ILOU")


@pytest.mark.parametrize("database_url", BOTH, indirect=True)
def test_the_database_guards_its_rules(session: Session) -> None:
    session.add(
        Customer(
            legal_name="X",
            billing_email="x@x.example",
            country="GB",
            tax_id=None,
            tax_id_valid=True,
            created_at=MOMENT,
        )
    )
    with pytest.raises(IntegrityError, match="valid_tax_id"):
        session.flush()
