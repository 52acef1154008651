"""Read a usage event from a row of CSV."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

import msgspec

from pricingsite.services.usage.events import (
    MOST_DIGITS,
    Event,
    EventError,
    event_from_json,
    exact_number,
)

CSV_REQUIRED = ("customer", "event_id", "time", "event_type")
_CSV_COLUMNS = (*CSV_REQUIRED, "source")
# As JSON writes numbers, so that a code such as 007 stays the text it is.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*|(?=\.))(\.[0-9]+)?")
_encoder = msgspec.json.Encoder(decimal_format="number")


def event_from_row(
    header: Sequence[str], cells: Sequence[str], texts: Collection[tuple[str, str]] = ()
) -> Event:
    """An event from a row of CSV: `customer,event_id,time,event_type[,source][,property…]`.

    Blank cells are absent. A property that reads as a number is one, but for `texts`: properties,
    each with its event type, that are text whatever they look like. Raises `EventError`.
    """
    if any(cell.strip() for cell in cells[len(header) :]):
        raise EventError(f"there are {len(cells)} cells for {len(header)} columns")
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
    for column in CSV_REQUIRED:
        if column not in row:
            raise EventError(f"{column} is missing")
    kind = row["event_type"]
    data = {
        name: cell if (kind, name) in texts else _property(cell)
        for name, cell in row.items()
        if name not in _CSV_COLUMNS
    }
    document = {
        "specversion": "1.0",
        "id": row["event_id"],
        "source": row.get("source", "csv"),
        "type": kind,
        "subject": row["customer"],
        "time": row["time"],
        "data": data,
    }
    try:
        return event_from_json(_encoder.encode(document))
    except UnicodeEncodeError:
        raise EventError("the text is not UTF-8") from None


def _property(cell: str) -> Decimal | str:
    """A cell as a number where it reads as one."""
    return exact_number(cell) if len(cell) <= MOST_DIGITS and _NUMBER.fullmatch(cell) else cell
