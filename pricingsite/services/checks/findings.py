"""What a check may find: promises that are broken, each a row of its table, and what only waits."""

from dataclasses import dataclass
from enum import StrEnum


class Promise(StrEnum):
    """What is promised, as the title of the table of where it is broken."""

    BILLED_TWICE = "Days that were billed twice"
    NEVER_BILLED = "Days that were never billed"
    RECOMPUTED = "Invoices that no longer equal their recomputation"
    NUMBERS = "Numbers that are missing, or out of order"
    ADDS_UP = "Documents whose lines do not add up"
    IN_TIME = "Documents that were not issued in the time that the law gives"
    ROLLUPS = "Rollups that are not what their events say"
    OUTBOX = "E-mails that are stuck"
    WEBHOOKS = "Webhooks that were given up"
    CHECKED = "What could not be checked"


# The names of a table's columns.
COLUMNS: dict[Promise, tuple[str, ...]] = {
    Promise.BILLED_TWICE: ("customer", "price", "days", "and days"),
    Promise.NEVER_BILLED: ("customer", "schedule", "due on", "net"),
    Promise.RECOMPUTED: ("customer", "number", "price", "billed", "recomputed"),
    Promise.NUMBERS: ("number", "what is wrong"),
    Promise.ADDS_UP: ("number", "what", "stated", "added up"),
    Promise.IN_TIME: ("number", "due on", "to be issued by", "issued on"),
    Promise.ROLLUPS: ("customer", "metric", "day"),
    Promise.OUTBOX: ("message", "recipient", "why"),
    Promise.WEBHOOKS: ("event", "endpoint", "why"),
    Promise.CHECKED: ("what", "why"),
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that is broken, and where: a value for each of its table's columns."""

    promise: Promise
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What waits, or was left out on purpose: a line in words."""

    text: str


Finding = Broken | Remark
