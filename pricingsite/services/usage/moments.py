"""Read the moments of events: RFC 3339, cut to whole microseconds, in UTC.

Digits past the microsecond are cut off: rounding could move an event into the next day.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

# A time before these days is a clock that was never set, and a zone could not place it.
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
_PAST_THE_MICROSECOND = re.compile(r"(\.[0-9]{6})[0-9]+")
_Moments = list[Annotated[datetime, msgspec.Meta(tz=True)]]
_LEAP_SECOND = re.compile(r"(.{10}.[0-9]{2}:[0-9]{2}:)60(?:\.[0-9]+)?(?=[Zz+-]|\Z)", re.DOTALL)


def moments_of(texts: Sequence[str]) -> list[datetime]:
    """What `moment_of` reads of each, in a third of its time. Raises `ValueError` as it does.

    Nearly always none has digits to cut off, or a leap second, or is out of range.
    """
    written = ",".join(texts)
    if ":60" not in written and not _PAST_THE_MICROSECOND.search(written):
        moments: list[datetime] = msgspec.convert(texts, _Moments)
        if moments and min(moments) > _EARLIEST and max(moments) < _LATEST:
            return [moment.astimezone(UTC) for moment in moments]
    return [moment_of(text) for text in texts]


def moment_of(text: str) -> datetime:
    """A moment in UTC. Raises `ValueError` where the text is none, or one that cannot be placed.

    A leap second counts as the last microsecond of its day, before the next day begins.
    """
    # Nearly every time is neither, and its places tell so at once.
    written = _PAST_THE_MICROSECOND.sub(r"\1", text) if text[26:27].isdigit() else text
    if leap := _LEAP_SECOND.match(text) if text[17:19] == "60" else None:
        written = f"{leap[1]}59.999999{text[leap.end() :]}"
    moment = msgspec.convert(written, datetime)
    if moment.tzinfo is None:
        raise ValueError("time needs its offset, as in 2026-11-23T12:00:00Z")
    if not _EARLIEST < moment < _LATEST:
        raise ValueError(f"time is out of range: {moment.isoformat()}")
    moment = moment.astimezone(UTC)
    if leap and not _ends_a_month(moment):
        raise msgspec.ValidationError("Invalid RFC3339 encoded datetime")
    return moment


def _ends_a_month(moment: datetime) -> bool:
    """Whether it is the last microsecond of a month, the only place where leap seconds are put."""
    return (moment + timedelta(microseconds=1)).strftime("%d %H:%M:%S") == "01 00:00:00"
