"""`flask catalog`: what it prints, where, and with which exit status."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import make_app
from flask import Flask
from sqlalchemy import func, select
from support.factories import AMARA, KELDER, amara_announcing, amara_with

from pricingsite.database import db
from pricingsite.models.catalog import Price
from pricingsite.models.merchant import Merchant
from pricingsite.services.catalog.schema import catalog_schema

Run = Callable[..., Result]
Edit = tuple[str, str]
D = '[[products.prices]]\nid = "D"' + AMARA.read_text().split('id = "D"')[1].split("[[products")[0]


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: object) -> Result:
        return app.test_cli_runner().invoke(args=["catalog", *map(str, arguments)])

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """A copy of Amara's file with edits."""

    def file(*edits: Edit) -> Path:
        path = tmp_path / "catalog.toml"
        path.write_bytes(amara_with(*edits))
        return path

    return file


def changes(checked: Result) -> str:
    """What `check` says that applying would do: everything before its table of costs."""
    said, table = checked.stdout.split("\n\n")
    assert table.startswith("Plan ")
    return f"{said}\n"


def prices_stored(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Price)) or 0


def test_check_says_what_apply_would_do_and_does_nothing(run: Run, app: Flask) -> None:
    checked = run("check", AMARA)
    assert checked.exit_code == 0
    assert {"would add price X", "would add plan scale"} <= set(checked.stdout.splitlines())
    assert checked.stderr == ""
    assert prices_stored(app) == 0


def test_check_shows_what_each_plan_would_cost(run: Run, app: Flask) -> None:
    assert run("check", AMARA).stdout.split("\n\n")[1].splitlines() == [
        "Plan    At                Costs, excl. VAT",
        "Start                     £500.00 a month",
        "Scale   0 API calls       £750.00 a month",
        "        1,000 API calls   £750.00 a month",
        "        3,200 API calls   £1,880.00 a month",
    ]
    assert prices_stored(app) == 0


def test_costs_are_by_period_and_of_every_metric_at_once(run: Run) -> None:
    rows = run("check", KELDER).stdout.split("\n\n")[1].splitlines()
    assert [re.split(" {3,}", row) for row in rows[4:6]] == [
        ["", "13 seats", "€1,200.00 a year + €97.50 a month"],
        ["Institution", "0 seats, 0 gigabytes, 0 pages", "€1,200.00 a year + €0.00 a month"],
    ]
    assert re.split(" {3,}", rows[-1])[1:] == [
        "13 seats, 200,000 gigabytes, 101 pages",
        "€1,200.00 a year + €227.50 a month",
    ]


def test_costs_are_those_of_todays_prices(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "announcing.toml"
    for day, fee in (("2026-11-24", "£500.00"), ("2026-11-23", "£550.00")):
        file.write_bytes(amara_announcing(("2027-01-01", day)))
        assert f"Start                     {fee} a month" in run("check", file).stdout


def test_costs_need_no_price_that_is_only_applied(run: Run, file: Callable[..., Path]) -> None:
    run("apply", AMARA)
    a = '[[products.prices]]\nid = "A"' + AMARA.read_text().split('id = "A"')[1].split("\n\n")[0]
    checked = run("check", file((a, ""), ('prices = ["A"]', 'prices = ["X"]'), ('"A", "X"', '"X"')))
    assert "would archive price A" in checked.stdout
    assert "Scale   0 API calls       £250.00 a month" in checked.stdout


def test_check_needs_no_migrated_database(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "instance")
    runner = app.test_cli_runner()
    assert "would add price X" in runner.invoke(args=["catalog", "check", str(AMARA)]).stdout
    applied = runner.invoke(args=["catalog", "apply", str(AMARA)])
    assert applied.exit_code == 1
    assert "flask db upgrade" in applied.stderr
    with app.app_context():
        db.engine.dispose()


def test_apply_stores_the_catalog_once(run: Run, app: Flask) -> None:
    applied = run("apply", AMARA)
    assert applied.exit_code == 0
    assert {"added: price X", "Catalog version 1."} <= set(applied.stdout.splitlines())
    assert prices_stored(app) == 7
    again = run("apply", AMARA)
    assert (again.exit_code, again.stdout, again.stderr) == (0, "No changes.\n", "")
    again = run("check", AMARA)
    assert (again.exit_code, changes(again), again.stderr) == (0, "No changes.\n", "")


@pytest.mark.parametrize("command", ["check", "apply"])
def test_problems_go_to_stderr_one_a_line(
    run: Run, app: Flask, file: Callable[..., Path], command: str
) -> None:
    wrong = file(('amount = "500"', "amount = 500.0"), ('prices = ["A"]', 'prices = ["B"]'))
    refused = run(command, wrong)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        'products[0].prices[0].amount: expected a decimal in quotes such as "0.45", found a float',
        "plans[0].prices[0]: B is a variant: a plan holds list prices only",
        "Nothing was changed.",
    ]
    assert prices_stored(app) == 0


@pytest.mark.parametrize("command", ["check", "apply"])
def test_an_applied_price_is_refused_with_its_place(
    run: Run, app: Flask, file: Callable[..., Path], command: str
) -> None:
    run("apply", AMARA)
    refused = run(command, file(('"0.45"', '"0.46"'), ('name = "Amara"', 'name = "Other"')))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        (
            "products[1].prices[0].tiers[1].unit_price: price X is applied and cannot change "
            "(it is 0.45); give the new price a new id"
        ),
        "Nothing was changed.",
    ]
    with app.app_context():
        assert db.session.get_one(Merchant, 1).name == "Amara"


def test_archiving_is_asked_for_and_taken_back(run: Run, file: Callable[..., Path]) -> None:
    run("apply", AMARA)
    without = file((D, ""))
    assert changes(run("check", without)) == "would archive price D (apply needs --archive)\n"
    refused = run("apply", without)
    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == [
        "price D is not in the file: run again with --archive to archive it",
        "Nothing was changed.",
    ]
    archived = run("apply", without, "--archive")
    assert archived.stdout.splitlines() == ["archived: price D", "Catalog version 2."]
    assert "£400.00 [archived]" in run("show").stdout
    assert changes(run("check", AMARA)) == "would restore price D\n"
    assert "restored: price D" in run("apply", AMARA).stdout
    assert "[archived]" not in run("show").stdout


def test_check_names_the_keys_that_would_change(run: Run, file: Callable[..., Path]) -> None:
    run("apply", AMARA)
    changed = file(('prices = ["A", "X"]', 'prices = ["X", "A"]'), ('name = "Scale"', 'name = "S"'))
    assert changes(run("check", changed)) == "would change plan scale: name, prices\n"


def test_a_metric_that_starts_late_says_how_to_count_what_is_stored(
    run: Run, file: Callable[..., Path]
) -> None:
    run("apply", AMARA)
    metric = '[[metrics]]\nid = "n"\nevent_type = "api_call"\naggregation = "count"\nunit = "n"\n'
    applied = run("apply", file(("[[products]]", f"{metric}[[products]]")))
    assert applied.exit_code == 0
    assert applied.stderr == (
        "metric n does not include usage stored before; to include it, run: flask usage rebuild\n"
    )


def test_long_payment_terms_are_applied_with_a_remark(run: Run, file: Callable[..., Path]) -> None:
    path = file(("payment_days = 30", "payment_days = 61"))
    said = "merchant.payment_days: 61 days are long: more than 60 need an agreement of their own"
    for verb in ("check", "apply"):
        done = run(verb, path)
        assert done.exit_code == 0
        assert said in done.stderr
    assert run("apply", file(("payment_days = 30", "payment_days = 60"))).stderr == ""


def test_show_prints_every_price_in_words(run: Run) -> None:
    run("apply", AMARA)
    shown = run("show")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        "Amara, catalog version 1",
        (
            "bank account: Sort code 20-20-15, account number 55555555. "
            "IBAN GB33 BUKB 2020 1555 5555 55, BIC BUKBGB22."
        ),
        "plan start (Start) = A",
        "plan scale (Scale) = A + X",
        "product platform (Platform access)",
        "  price A, list price, monthly, in arrears: £500.00",
        "  price B, variant of A, monthly, in arrears: £825.00",
        "  price C, variant of A, monthly, in arrears: £650.00",
        "  price D, variant of A, monthly, in arrears: £400.00",
        "product ai-add-on (AI add-on)",
        (
            "  price X, list price, monthly, in arrears: First 1,000 API calls: £250.00 in total; "
            "next 1,500 (1,001 to 2,500): £0.45 each; every API call after 2,500: £0.65 each"
        ),
        (
            "  price Y, variant of X, monthly, in arrears: First 2,000 API calls: £150.00 in total"
            "; every API call after 2,000: £0.40 each"
        ),
        (
            "  price Z, variant of X, monthly, in arrears: First 5,000 API calls: £700.00 in total"
            "; every API call after 5,000: £0.65 each"
        ),
        "metric api_calls (API call): sum of calls over events of type api_call, in whole units",
    ]


def test_show_before_the_first_apply_says_what_to_run(run: Run) -> None:
    shown = run("show")
    assert shown.exit_code == 1
    assert "flask catalog apply" in shown.stderr


def test_schema_is_printed_as_json(run: Run) -> None:
    assert json.loads(run("schema").stdout) == catalog_schema()


@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_missing_file_is_named(run: Run, tmp_path: Path, command: str) -> None:
    missing = run(command, tmp_path / "none.toml")
    assert missing.exit_code == 2
    assert "none.toml" in missing.stderr
    assert "does not exist" in missing.stderr


OTHER = """
[[metrics]]
id = "other"
event_type = "other"
aggregation = "count"
unit = "API call"
"""


def test_check_remarks_on_metrics_that_nobody_can_tell_apart(
    run: Run, file: Callable[..., Path]
) -> None:
    last = 'prices = ["A", "X"]\n'
    checked = run("check", file((last, last + OTHER)))
    assert (checked.exit_code, checked.stderr) == (
        0,
        (
            "metrics[1]: metrics[0] counts by the API call too; "
            "give both a name, so that people can tell them apart\n"
        ),
    )
    unit = 'unit = "API call"\n'
    named = (unit, unit + 'name = "Calls"\nwhere = { region = "eu" }\ndisplay_per = "1000"\n')
    other = OTHER.replace("[[metrics]]", '[[metrics]]\nname = "Others"')
    path = file(named, (last, last + other))
    assert run("check", path).stderr == ""
    assert run("apply", path).exit_code == 0
    shown = run("show").stdout
    assert (
        "metric api_calls (Calls, API call): sum of calls over events of type api_call "
        'where region = "eu", in whole units, priced per 1,000' in shown
    )
