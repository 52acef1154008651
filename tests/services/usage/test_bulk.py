"""Rows written by the driver are as the ORM writes them."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from pricingsite.models.types import UTCDateTime
from pricingsite.services.usage.bulk import sqlite_moment

written_by_sqlalchemy = (
    UTCDateTime().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())
)


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(2026, 11, 23, 12, tzinfo=UTC))
@example(datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
def test_a_moment_is_the_same_text_by_either_way(moment: datetime) -> None:
    assert written_by_sqlalchemy is not None
    assert sqlite_moment(moment) == written_by_sqlalchemy(moment)
