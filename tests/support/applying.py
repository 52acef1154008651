"""Amara's catalog applied again with edits, in tests: what it does, and what it refuses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.factories import AMARA

from pricingsite.database import Base
from pricingsite.services.catalog.applying import Applied
from pricingsite.services.catalog.document import CatalogError

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
Edit = tuple[str, str]
# Applies Amara's file with edits; the first of each `old` becomes its `new`.
Apply = Callable[..., Applied]

START_PLAN = '[[plans]]\nid = "start"' + AMARA.read_text().split('id = "start"')[1].split("[[")[0]
PRICE_C = (
    '[[products.prices]]\nid = "C"' + AMARA.read_text().split('id = "C"')[1].split("[[products")[0]
)
FROZEN = "is applied and cannot change (it is {}); give the new price a new id"
SEATS = """[[metrics]]
id = "seats"
event_type = "seats"
aggregation = "max"
property = "seats"
unit = "seat"
[[products]]
id = "platform\""""


def contents(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the database."""
    session.flush()
    return {
        table.name: sorted(map(tuple, session.execute(select(table)).all()), key=repr)
        for table in Base.metadata.sorted_tables
    }


def refused(session: Session, reapply: Apply, *edits: Edit, **options: Any) -> list[str]:
    """The problems of an apply that must not have changed anything."""
    before = contents(session)
    with pytest.raises(CatalogError) as error:
        reapply(*edits, **options)
    assert contents(session) == before
    return list(error.value.problems)
