"""The column types and identifiers that tables share.

Rates are exact text, quantities whole millionths (BIGINT), instants aware UTC: the same on SQLite
and on PostgreSQL, with nothing lost on the way in or out.
"""

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

MICRO = 1_000_000

# Crockford's base 32: no letter that is taken for a digit when it is read out.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """An identifier such as `cus_7k3m9qx2p0v4t8ws`: 80 random bits behind its kind."""
    return f"{prefix}_{_random_text(16)}"


def new_secret() -> str:
    """A secret of 160 random bits, in letters and digits that survive any header or shell."""
    return _random_text(32)


def new_reference() -> str:
    """An order's reference, for people to read out: 50 random bits as `7K3M9-QX2P0`."""
    text = _random_text(10).upper()
    return f"{text[:5]}-{text[5:]}"


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def micros(value: int | Decimal) -> int:
    """A quantity of at most six decimals in whole millionths."""
    if isinstance(value, int):
        return value * MICRO
    found = value * MICRO
    if found != found.to_integral_value():
        raise ValueError(f"a quantity has at most 6 decimals, not {value}")
    return int(found)


class DecimalText(TypeDecorator[Decimal]):
    """A `Decimal` as exact text; SQLite's NUMERIC silently loses digits past about fifteen."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value)


class Micros(TypeDecorator[Decimal]):
    """A quantity of at most six decimals as whole millionths, so that sums are exact everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        # A sum of BIGINTs comes back as NUMERIC on PostgreSQL, as an integer on SQLite.
        return None if value is None else quantity_of_micros(int(value))


def quantity_of_micros(micros: int) -> Decimal:
    """A quantity from its whole millionths."""
    return Decimal(micros).scaleb(-6).normalize() + 0


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, UTC in and out; a naive one is refused rather than guessed at."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs its offset: {value.isoformat()}")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        instant: datetime = value
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
