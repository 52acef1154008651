"""`flask usage import | verify | rebuild | calibrate`: import events, and check their rollups.

An import stores good lines in chunks, each a transaction of its own, and names the bad ones by
their line, counted from 1 in the file. Running it again stores nothing twice.
"""

import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, NoReturn

import click

from pricingsite.cli.group import Group
from pricingsite.database import db
from pricingsite.pricing import plain
from pricingsite.services.billing.unbilled import count_unbilled
from pricingsite.services.customers.details import list_customers
from pricingsite.services.estimates.calibration import FEWEST_MONTHS, put_ranges, read_past
from pricingsite.services.usage.checks import BadEvent
from pricingsite.services.usage.csv_events import event_from_row
from pricingsite.services.usage.csv_rows import NOT_UTF_8, HeaderError, header_of, rows_of_csv
from pricingsite.services.usage.events import Event, EventError, event_from_json
from pricingsite.services.usage.metrics import read_counting, read_properties, text_properties
from pricingsite.services.usage.rebuilding import Difference, Verification, rebuild, verify
from pricingsite.services.usage.recording import Recorded, record_good
from pricingsite.services.usage.rollups import DaySum
from pricingsite.web.clock import now
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing

_CHUNK = 1_000
_JSON_LINES = {".jsonl", ".ndjson"}

# A line's number and the event that it holds, or why it holds none.
Line = tuple[int, Event | EventError]

group = Group("usage", help="Import usage events, and check what they add up to.")


@dataclass(slots=True)
class _Tally:
    stored: int = 0
    already_there: int = 0
    refused: int = 0
    unbilled: int = 0
    uncounted: int = 0


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
def import_(file: str) -> None:
    """Store the usage events of FILE: CloudEvents as JSON lines, or CSV; - reads JSON lines.

    CSV has the header customer,event_id,time,event_type[,source][,property…].
    """
    suffix = ".jsonl" if file == "-" else Path(file).suffix.lower()
    if suffix not in {*_JSON_LINES, ".csv"}:
        raise click.BadParameter(
            f"{file!r} ends neither in .jsonl or .ndjson (JSON lines) nor in .csv.",
            param_hint="FILE",
        )
    with click.open_file(file, "rb") as raw:
        read = _csv_lines if suffix == ".csv" else _json_lines
        tally = _import(read(raw), raw, size=0 if file == "-" else Path(file).stat().st_size)
    click.echo(
        f"stored {tally.stored}, already there {tally.already_there}, refused {tally.refused}"
    )
    if tally.unbilled:
        click.echo(f"No billing schedule bills {tally.unbilled:,} of these events.", err=True)
    if tally.uncounted:
        click.echo(f"No metric's where matches {tally.uncounted:,} of these events.", err=True)
    if tally.refused:
        raise SystemExit(1)


def _import(lines: Iterator[Line], raw: IO[bytes], *, size: int) -> _Tally:
    tally = _Tally()
    hidden = not (size and sys.stderr.isatty())
    with click.progressbar(length=size, file=sys.stderr, hidden=hidden) as bar:
        while some := list(islice(lines, _CHUNK)):
            recorded, refused, unbilled = _store([found for _, found in some])
            tally.unbilled += unbilled
            tally.uncounted += recorded.uncounted
            tally.stored += recorded.accepted
            tally.already_there += recorded.duplicates
            tally.refused += len(refused)
            for one in refused:
                click.echo(f"line {some[one.index][0]}: {one.reason}", err=True)
            if not hidden:
                bar.update(raw.tell() - bar.pos)
    return tally


def _store(events: Sequence[Event | EventError]) -> tuple[Recorded, list[BadEvent], int]:
    """Store a chunk's good events; why not the others, and how many no schedule bills."""
    with committing(db.session):
        recorded, refused = record_good(db.session(), events, now=now())
        return recorded, refused, count_unbilled(db.session(), recorded.events, now=now())


def _json_lines(raw: IO[bytes]) -> Iterator[Line]:
    for number, line in enumerate(raw, start=1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if number == 1 and (text.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in text):
            raise click.ClickException(f"line 1: {NOT_UTF_8}")
        if text.strip():
            try:
                yield number, event_from_json(text)
            except EventError as error:
                yield number, error


def _csv_lines(raw: IO[bytes]) -> Iterator[Line]:
    # What is not UTF-8 comes through marked, and is refused with its own line alone.
    text = TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
    rules = read_counting(db.session()).rules
    texts = text_properties(rules)
    counted = read_properties(rules)
    try:
        header = header_of(text, sorted(counted))
    except HeaderError as error:
        raise click.ClickException(f"line 1: {error}") from None

    def read(cells: list[str]) -> Event | EventError:
        try:
            return event_from_row(header, cells, texts)
        except EventError as error:
            return error

    def is_row(cells: list[str]) -> bool:
        return len(cells) >= len(header) or isinstance(read(cells), Event)

    for number, cells in rows_of_csv(text, is_row):
        if isinstance(cells, EventError):
            yield number, cells
        elif any(cell.strip() for cell in cells):
            yield number, read(cells)
    text.detach()


@group.command("verify")
def verify_() -> None:
    """Compare the daily rollups with the events; what differs is a table, and exit status 1."""
    days, sweep = 0, Sweep("its usage could not be verified")
    differences: list[Difference] = []
    for customer_id in _customer_ids():
        with sweep.each(customer_id):
            verified = _compare(customer_id)
            days += verified.days
            differences += verified.differences
    if differences:
        _show(differences)
    else:
        click.echo(f"rollups agree with {days} days")
    if differences or sweep.faults:
        _fail(sweep)


def _show(differences: Sequence[Difference]) -> None:
    click.echo("customer\tmetric\tday\trollup\tevents")
    for found in differences:
        whose = (found.customer_id, found.metric_id, found.day.isoformat())
        click.echo("\t".join((*whose, _in_words(found.stored), _in_words(found.counted))))
    click.echo("`flask usage rebuild` rebuilds the rollups from the events.", err=True)


def _fail(sweep: Sweep) -> NoReturn:
    for fault in sweep.faults:
        click.echo(fault, err=True)
    raise SystemExit(1)


def _customer_ids() -> list[str]:
    return [customer.id for customer in list_customers(db.session())]


def _compare(customer_id: str) -> Verification:
    session = db.session()
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        # Both sides as of one moment, while others go on recording; SQLite reads so by itself.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return verify(session, customer_id)


def _in_words(day: DaySum) -> str:
    maximum = "none" if day.maximum is None else plain(Decimal(day.maximum))
    latest = plain(Decimal(day.latest.value)) if day.latest else "none"
    last = day.last_event_at.isoformat() if day.last_event_at else "never"
    return (
        f"{day.event_count} events, total {plain(Decimal(day.total))}, maximum {maximum}, "
        f"latest {latest}, {len(day.values or ())} values, last {last}"
    )


@group.command("rebuild")
def rebuild_() -> None:
    """Rebuild all rollups from the events, one customer at a time; others may go on recording."""
    days, sweep = 0, Sweep("its rollups could not be rebuilt")
    for customer_id in _customer_ids():
        with sweep.each(customer_id), committing(db.session):
            days += rebuild(db.session(), customer_id, now=now())
    click.echo(f"rebuilt {days} days")
    if sweep.faults:
        _fail(sweep)


@group.command("calibrate")
def calibrate_() -> None:
    """Learn from past months between what bills likely end; run it once a night."""
    sweep = Sweep("its past months could not be read")
    past = read_past(db.session(), now=now(), for_each=sweep.each)
    with committing(db.session):
        put_ranges(db.session(), past, now=now())
    click.echo(f"calibrated by {past.months} past months")
    if past.months < FEWEST_MONTHS:
        click.echo(f"Likely ranges are shown from {FEWEST_MONTHS} months on.", err=True)
    if sweep.faults:
        _fail(sweep)
