"""`flask usage`: files in, each event once, and rollups that can be checked."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update
from support.accounts import Account
from support.jobs import metric

from pricingsite.database import db
from pricingsite.models.catalog import UsageMetric
from pricingsite.models.usage import UsageDay, UsageEvent
from pricingsite.pricing import Period
from pricingsite.services.usage.quantities import quantity

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
NOVEMBER = Period(NOW.date().replace(day=1), NOW.date().replace(month=12, day=1))
Usage = Callable[..., Result]


@pytest.fixture
def customer(app: Flask) -> str:
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", start=date(2026, 10, 1))
        db.session.commit()
        return account.customer.id


@pytest.fixture
def usage(app: Flask, tmp_path: Path) -> Usage:
    """`usage("import", text, suffix)` or another command of the group."""

    def run(command: str, text: str | bytes | None = None, suffix: str = ".jsonl") -> Result:
        arguments = ["usage", command]
        if text is not None:
            file = tmp_path / f"usage{suffix}"
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            arguments.append(str(file))
        return app.test_cli_runner().invoke(args=arguments)

    return run


def line(customer: str, event_id: str = "e1", calls: int = 1, **changes: Any) -> str:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/gateway",
        "type": "api_call",
        "subject": customer,
        "time": "2026-11-20T12:00:00Z",
        "data": {"calls": calls},
    }
    return json.dumps(event | changes)


def calls_of(app: Flask, customer: str) -> int:
    with app.app_context():
        calls = db.session.get_one(UsageMetric, "api_calls")
        return int(quantity(db.session(), customer, calls, NOVEMBER))


def test_events_of_several_calls_are_stored_once(app: Flask, customer: str, usage: Usage) -> None:
    counts = {"a": 1_000, "b": 1_000, "c": 500, "d": 1}
    file = "\n".join(line(customer, name, calls) for name, calls in counts.items())
    first, again = usage("import", file), usage("import", file)
    assert (first.exit_code, first.stdout) == (0, "stored 4, already there 0, refused 0\n")
    assert (again.exit_code, again.stdout) == (0, "stored 0, already there 4, refused 0\n")
    assert calls_of(app, customer) == 2_501


def test_a_bad_line_is_named_and_the_good_ones_are_stored(
    app: Flask, customer: str, usage: Usage
) -> None:
    lines = [line(customer, f"e{n}") for n in range(1_200)]
    lines[3] = "nonsense"
    lines[7] = line("cus_nobody", "e7")
    lines[1_100] = line(customer, "e0", 9)
    lines[1_150] = ""
    result = usage("import", "\n".join(lines))
    assert (result.exit_code, result.stdout) == (1, "stored 1196, already there 0, refused 3\n")
    assert result.stderr.splitlines() == [
        "line 4: not JSON: invalid character (byte 4)",
        "line 8: no customer is known as 'cus_nobody'",
        "line 1101: an event of this id is stored, or stands before it, with other content",
    ]
    assert calls_of(app, customer) == 1_196


def test_events_without_a_time_and_those_that_nobody_is_billed_for(
    app: Flask, customer: str, usage: Usage
) -> None:
    undated = json.loads(line(customer, "now"))
    del undated["time"]
    early = line(customer, "early", time="2026-09-30T22:59:59Z")
    file = "\n".join([json.dumps(undated), early])
    for stored in (2, 0):
        result = usage("import", file)
        already = 2 - stored
        words = f"stored {stored}, already there {already}, refused 0\n"
        assert (result.exit_code, result.stdout) == (0, words)
        assert result.stderr == "No billing schedule bills 1 of these events.\n"
        app.config["NOW"] += timedelta(hours=1)
    assert calls_of(app, customer) == 1


def test_csv_has_columns_for_properties(app: Flask, customer: str, usage: Usage) -> None:
    text = (
        "\ufeffcustomer,event_id,time,event_type,calls,note\r\n"
        f'{customer},e1,2026-11-20T12:00:00Z,api_call,2000,"two\r\nlines"\r\n'
        "\r\n"
        f"{customer},e2,2026-11-20T12:00:00+01:00,api_call,,\r\n"
        f"{customer},e3,2026-11-20T12:00:00,api_call,1,\r\n"
    )
    result = usage("import", text, ".csv")
    assert (result.exit_code, result.stdout) == (1, "stored 2, already there 0, refused 1\n")
    assert result.stderr == "line 6: time needs its offset, as in 2026-11-23T12:00:00Z\n"
    assert calls_of(app, customer) == 2_001


@pytest.mark.parametrize(
    ("text", "suffix", "words"),
    [
        ("customer,event_id,time\n", ".csv", "line 1: the header lacks event_type"),
        ("customer,event_id,time,event_type,a,a\n", ".csv", "line 1: the header names a twice"),
        ("customer;event_id;time;event_type\n", ".csv", "separated by semicolons, not by commas"),
        ("customer\tevent_id\ttime\tevent_type\n", ".csv", "separated by tabs, not by commas"),
        ("Customer,event_id,time,event_type\n", ".csv", "has 'Customer': write customer"),
        ("customer,Event ID,time,event_type\n", ".csv", "has 'Event ID': write event_id"),
        ("customer,event_id,time,event_type,Calls\n", ".csv", "has 'Calls': write calls"),
        ('customer,event_id,time,event_type,"a\n', ".csv", "line 1: a quoted cell is not closed"),
        ("", ".csv", "the header lacks customer, event_id, time, event_type: it is empty"),
        ("customer".encode("utf-16"), ".csv", "probably in UTF-16: save it in UTF-8"),
        ("customer".encode("utf-16-le"), ".csv", "probably in UTF-16: save it in UTF-8"),
        ("{}".encode("utf-16"), ".jsonl", "probably in UTF-16: save it in UTF-8"),
        ("{}", ".xlsx", "ends neither in .jsonl or .ndjson (JSON lines) nor in .csv"),
    ],
)
@pytest.mark.usefixtures("customer")
def test_a_file_of_another_shape_is_refused(
    usage: Usage, text: str | bytes, suffix: str, words: str
) -> None:
    result = usage("import", text, suffix)
    assert result.exit_code != 0
    assert words in " ".join(result.stderr.split())


OPEN = "a quoted cell is not closed, or a quote inside it is not doubled"


@pytest.mark.parametrize(
    ("notes", "refused"),
    [
        ({5: '"cut'}, {7: OPEN}),
        ({4: '"cut', 13: 'end"'}, {6: OPEN}),
        ({4: '"cut', 13: '"end'}, {6: OPEN, 15: OPEN}),
        ({4: '"5" pipe"'}, {6: OPEN}),
        ({22: '"cut'}, {24: OPEN}),
        ({4: '5" pipe', 5: '"two\nlines, one ""row"""'}, {}),
        ({4: "x" * 131_073}, {6: "a cell is longer than 131,072 characters"}),
        ({4: "a,b"}, {6: "there are 7 cells for 6 columns"}),
    ],
)
def test_every_row_is_stored_or_named(
    app: Flask, customer: str, usage: Usage, notes: dict[int, str], refused: dict[int, str]
) -> None:
    rows = [
        f"{customer},e{n},2026-11-20T12:00:00Z,api_call,1,{notes.get(n, '')}\n" for n in range(23)
    ]
    result = usage(
        "import", "customer,event_id,time,event_type,calls,note\n" + "".join(rows), ".csv"
    )
    assert result.stderr.splitlines() == [f"line {line}: {why}" for line, why in refused.items()]
    assert result.exit_code == bool(refused)
    assert calls_of(app, customer) == 23 - len(refused)


def test_rows_that_a_quote_swallows_are_named_when_they_are_bad_too(
    customer: str, usage: Usage
) -> None:
    text = f'customer,event_id,time,event_type,note\n{customer},e1,noon,api_call,"cut\n'
    result = usage("import", text + f'{customer},e2,noon,api_call,end"\n', ".csv")
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["line 2", "line 3"]


def test_a_cell_is_what_the_metric_wants(app: Flask, customer: str, usage: Usage) -> None:
    with app.app_context():
        db.session.add(metric("people", "unique", event_type="seen", property="user"))
        db.session.commit()
    users = ["1.1", "1.10", "1.2", "1.20", "7", "007"]
    events = [line(customer, u, type="seen", source="csv", data={"user": u}) for u in users]
    events.append(line(customer, "e1", source="csv", data={"calls": 2.5}))
    assert usage("import", "\n".join(events)).stdout.startswith("stored 7,")
    time = "2026-11-20T12:00:00Z"
    rows = [f"{customer},{user},{time},seen,{user},\n" for user in users]
    rows.append(f"{customer},e1,{time},api_call,,2.50\n")
    again = usage(
        "import", "customer,event_id,time,event_type,user,calls\n" + "".join(rows), ".csv"
    )
    assert again.stdout == "stored 0, already there 7, refused 0\n"
    with app.app_context():
        people = db.session.get_one(UsageMetric, "people")
        assert quantity(db.session(), customer, people, NOVEMBER) == len(users)


def test_standard_input_is_read_as_json_lines(app: Flask, customer: str) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(args=["usage", "import", "-"], input=line(customer))
    assert result.stdout == "stored 1, already there 0, refused 0\n"


def test_rollups_are_verified_and_made_anew(app: Flask, customer: str, usage: Usage) -> None:
    usage("import", line(customer, calls=5))
    agreeing = usage("verify")
    assert (agreeing.exit_code, agreeing.stdout) == (0, "rollups agree with 1 days\n")
    with app.app_context():
        db.session.execute(update(UsageDay).values(total=Decimal(6)))
        db.session.commit()
    differing = usage("verify")
    assert differing.exit_code == 1
    header, row = differing.stdout.splitlines()
    assert header.split("\t") == ["customer", "metric", "day", "rollup", "events"]
    assert row.startswith(f"{customer}\tapi_calls\t2026-11-20\t1 events, total 6, maximum none,")
    assert "\t1 events, total 5, maximum none," in row
    assert row.endswith("maximum none, latest none, 0 values, last 2026-11-20T12:00:00+00:00")
    assert "flask usage rebuild" in differing.stderr
    assert usage("rebuild").stdout == "rebuilt 1 days\n"
    assert usage("verify").exit_code == 0
    assert calls_of(app, customer) == 5


@pytest.fixture
def never_billed(app: Flask, customer: str) -> str:
    """A customer whose schedule no bill can be made for, beside one with a month behind it."""
    with app.app_context():
        good, broken = Account.of(db.session(), customer), Account(db.session())
        good.use(5, at=NOW)
        schedule = broken.subscribe("A", "X")
        broken.use(7, at=NOW)
        schedule.start_date = schedule.anchor_date = date(9999, 12, 31)
        schedule.phases[0].start_date = schedule.start_date
        db.session.commit()
        return broken.customer.id


def test_a_customer_that_cannot_be_calibrated_holds_up_no_other(
    usage: Usage, never_billed: str
) -> None:
    result = usage("calibrate")
    assert (result.exit_code, result.stdout) == (1, "calibrated by 1 past months\n")
    why = "no period can be worked out in the year 10000"
    assert f"{never_billed}: its past months could not be read: {why}\n" in result.stderr


def test_an_event_that_cannot_be_read_holds_up_no_other_customer(
    app: Flask, usage: Usage, never_billed: str
) -> None:
    with app.app_context():
        broken = UsageEvent.customer_id == never_billed
        db.session.execute(update(UsageEvent).where(broken).values(data="{"))
        db.session.execute(update(UsageDay).values(total=Decimal(6)))
        db.session.commit()
    verified = usage("verify")
    assert verified.exit_code == 1
    assert len(verified.stdout.splitlines()) == 2
    assert f"{never_billed}: its usage could not be verified: " in verified.stderr
    rebuilt = usage("rebuild")
    assert (rebuilt.exit_code, rebuilt.stdout) == (1, "rebuilt 1 days\n")
    assert f"{never_billed}: its rollups could not be rebuilt: " in rebuilt.stderr
    assert usage("verify").stdout == "rollups agree with 1 days\n"


@pytest.mark.usefixtures("customer")
def test_calibrating_says_how_many_months_it_read(usage: Usage) -> None:
    result = usage("calibrate")
    assert (result.exit_code, result.stdout) == (0, "calibrated by 1 past months\n")
    assert "from 50 months on" in result.stderr


def test_csv_is_counted_by_where(app: Flask, customer: str, usage: Usage) -> None:
    where = {"region": "7"}
    with app.app_context():
        db.session.add(metric("cold", "sum", event_type="transfer", property="gb", where=where))
        db.session.commit()
    text = (
        "customer,event_id,time,event_type,gb,region\r\n"
        f"{customer},e1,2026-11-20T12:00:00Z,transfer,5,7\r\n"
        f"{customer},e2,2026-11-20T12:00:00Z,transfer,9,8\r\n"
    )
    result = usage("import", text, ".csv")
    assert (result.exit_code, result.stdout) == (0, "stored 2, already there 0, refused 0\n")
    assert result.stderr == "No metric's where matches 1 of these events.\n"
    with app.app_context():
        cold = db.session.get_one(UsageMetric, "cold")
        assert quantity(db.session(), customer, cold, NOVEMBER) == 5
    assert usage("verify").exit_code == 0
    wrong = usage("import", text.replace("region", "Region"), ".csv")
    assert "the header has 'Region': write region" in wrong.stderr
