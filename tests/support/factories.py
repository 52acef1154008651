"""What tests start from: the shipped catalog, customers and their schedules."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, create_engine, insert, select
from sqlalchemy.orm import Session

from pricingsite.database import Base
from pricingsite.models.merchant import Merchant
from pricingsite.services.catalog.applying import Applied, apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.settings import ROOT

AMARA = ROOT / "pricingsite" / "demo" / "amara.toml"
KELDER = ROOT / "pricingsite" / "demo" / "kelder.toml"
# A company of tests alone: sales tax, features, a free plan and one to talk about.
FERN = ROOT / "tests" / "support" / "fern.toml"
ROSTER = ROOT / "pricingsite" / "demo" / "roster.toml"
BASIN = ROOT / "pricingsite" / "demo" / "basin.toml"
VELLUM = ROOT / "pricingsite" / "demo" / "vellum.toml"
APPLIED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def amara_with(*edits: tuple[str, str]) -> bytes:
    """Amara's file with the first of each `old` replaced by its `new`."""
    text = AMARA.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def fern_with(*edits: tuple[str, str]) -> bytes:
    """Fern's file with the first of each `old` replaced by its `new`."""
    text = FERN.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


# A price that takes the place of A at New Year.
ANNOUNCED = """
[[products.prices]]
id = "A2"
name = "Platform access"
list_price = true
replaces = "A"
valid_from = "2027-01-01"
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_arrears"
model = "fixed"
amount = "550"
"""


def amara_announcing(*edits: tuple[str, str], announced: str = ANNOUNCED) -> bytes:
    """Amara's file with an announced price behind price A."""
    price_a = 'model = "fixed"\namount = "500"\n'
    return amara_with((price_a, price_a + announced), *edits)


def apply_amara(session: Session, *, now: datetime = APPLIED_AT) -> Applied:
    """Apply Amara's catalog; flushed, for the caller to commit."""
    return apply(session, read_catalog(AMARA.read_bytes()), archive=False, now=now)


def have_amara(session: Session) -> None:
    """See that Amara's catalog is applied: to an empty database, by the rows that this leaves.

    Half of all tests start from them, and comparing a file with nothing takes ten times as long.
    """
    if session.scalar(select(Merchant.id)) is not None:
        apply_amara(session)
        return
    for table, rows in amara_rows().items():
        session.execute(insert(table), rows)


@cache
def amara_rows() -> dict[Table, list[dict[str, Any]]]:
    """The rows of Amara's catalog by table, as applying it leaves them."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        apply_amara(session)
        found = {table: stored(session, table) for table in Base.metadata.sorted_tables}
        session.rollback()
    engine.dispose()
    return {table: rows for table, rows in found.items() if rows}


def stored(session: Session, table: Table) -> list[dict[str, Any]]:
    """A table's rows, in the order of their keys."""
    rows = session.execute(select(table).order_by(*table.primary_key)).mappings()
    return [dict(row) for row in rows]
