"""`flask catalog new`: questions with defaults, and a file that `flask catalog check` accepts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click import ClickException
from click.testing import Result
from conftest import Clock
from flask import Flask

from pricingsite.cli.catalog.new import write_new
from pricingsite.pricing import BillingFrequency, BillingType, Graduated, Linear, Package, TaxShown
from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.catalog.reading import read_catalog

New = Callable[..., Result]
# As many as there are questions before usage.
PLAN = [""] * 13


@pytest.fixture
def new(app: Flask, tmp_path: Path) -> New:
    def new(*answers: str, name: str = "acme.toml") -> Result:
        arguments = ["catalog", "new", str(tmp_path / name)]
        return app.test_cli_runner().invoke(args=arguments, input="\n".join([*answers, ""]))

    return new


def written(tmp_path: Path) -> CatalogDocument:
    return read_catalog((tmp_path / "acme.toml").read_bytes())


def test_every_question_has_a_default(new: New, app: Flask, tmp_path: Path) -> None:
    made = new(*PLAN, "")
    assert made.exit_code == 0, made.output
    document = written(tmp_path)
    merchant, (price,), (plan,) = document.merchant, document.prices, document.plans
    assert (merchant.name, merchant.legal_name) == ("Acme", "Acme")
    assert (merchant.email, merchant.timezone) == ("billing@acme.example", "Europe/London")
    assert (merchant.country, merchant.sells_to) == ("GB", ("GB",))
    assert (price.id, price.currency, price.list_price) == ("basic-monthly", "GBP", True)
    assert (price.billing_frequency, price.billing_type) == (
        BillingFrequency.MONTHLY,
        BillingType.IN_ADVANCE,
    )
    assert (plan.id, plan.name, plan.prices) == ("basic", "Basic", ("basic-monthly",))
    assert document.metrics == ()
    checked = app.test_cli_runner().invoke(args=["catalog", "check", str(tmp_path / "acme.toml")])
    assert checked.exit_code == 0
    assert "Basic        £50.00 a month" in checked.stdout


def test_its_keys_are_explained_once_each(new: New, tmp_path: Path) -> None:
    new(*PLAN, "")
    lines = (tmp_path / "acme.toml").read_text().splitlines()
    assert lines[lines.index('timezone = "Europe/London"') - 1] == (
        "# The IANA time zone whose days you bill by."
    )
    assert sum(line.startswith("# How often it is billed") for line in lines) == 1
    assert any("flask catalog check acme.toml" in line for line in lines)


def test_a_bank_account_may_be_given(new: New, tmp_path: Path) -> None:
    answers = [*PLAN[:8], "GB34", "gb33 bukb 2020 1555 5555 55", *PLAN[9:], ""]
    made = new(*answers)
    assert made.exit_code == 0, made.output
    assert '"GB34" is not an IBAN' in made.output
    assert written(tmp_path).merchant.iban == "GB33BUKB20201555555555"


@pytest.mark.parametrize(
    ("how", "structure"),
    [
        (["", "each", "0.03"], Linear),
        (["", "after an allowance", "500", "0.02"], Graduated),
        (["", "in packages", "100", "2.50"], Package),
        (["n", "calls", "in steps", "500", "0.02", "0.01"], Graduated),
    ],
)
def test_usage_is_charged_as_it_is_answered(
    new: New, tmp_path: Path, how: list[str], structure: type
) -> None:
    made = new(*PLAN, "y", "call", "", *how)
    assert made.exit_code == 0, made.output
    document = written(tmp_path)
    (metric,), (_, price) = document.metrics, document.prices
    assert isinstance(price.structure, structure)
    assert document.plans[0].prices == ("basic-monthly", "calls-monthly")
    assert (metric.id, metric.unit, metric.unit_plural) == ("calls", "call", "calls")
    assert (metric.aggregation, metric.property) == (
        ("sum", "calls") if how[0] == "n" else ("count", None)
    )


def test_the_country_decides_what_is_offered(new: New, tmp_path: Path) -> None:
    made = new("Überall", "", "", "us", *[""] * 9, "")
    assert made.exit_code == 0, made.output
    merchant = written(tmp_path).merchant
    assert (merchant.timezone, merchant.email) == ("America/New_York", "billing@uberall.example")
    assert written(tmp_path).prices[0].currency == "USD"
    # Its rate depends on the customer: pages add it "where it applies".
    assert merchant.tax
    assert (merchant.tax.name, merchant.tax.shown) == ("sales tax", TaxShown.EXCLUDED)
    assert not merchant.vat_rates
    assert "Its fee in USD, without sales tax" in made.stdout


@pytest.mark.parametrize(
    ("country", "typed", "name", "rate"),
    [
        ("au", ["", ""], "GST", "0.1"),
        ("ca", ["HST", "13"], "HST", "0.13"),
        ("gb", ["", ""], "VAT", "0.2"),
    ],
)
def test_the_tax_is_called_what_it_is(
    new: New, tmp_path: Path, country: str, typed: list[str], name: str, rate: str
) -> None:
    made = new("", "", "", country, "", "", *typed, *[""] * 6)
    assert made.exit_code == 0, made.output
    merchant = written(tmp_path).merchant
    assert (merchant.tax.name if merchant.tax else "VAT") == name
    assert merchant.vat_rates
    assert str(merchant.vat_rates[0].rate) == rate


def test_a_wrong_answer_is_asked_again(new: New, tmp_path: Path) -> None:
    fee = ["-5", "a lot", "49.50"]
    made = new("", "", "nobody", "", "UK", "", "", "XAU", "", "", "", "", "", *fee, "", "", "")
    for problem in (
        '"nobody" is not an e-mail address',
        '"UK" is not an ISO 3166 country code',
        '"XAU" is not money anywhere today, 2026-11-23',
        "must not be negative",
        "must be a plain decimal",
    ):
        assert problem in made.output
    assert written(tmp_path).prices[0].structure.to_dict() == {"model": "fixed", "amount": "49.5"}


def test_an_allowance_of_nothing_is_asked_again(new: New) -> None:
    made = new(*PLAN, "y", "", "", "", "in packages", "0")
    assert "expected more than 0" in made.output


def test_no_file_is_overwritten(new: New, tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text("mine")
    made = new(*PLAN, "")
    assert made.exit_code == 1
    assert "is there already" in made.stderr
    assert "Company" not in made.stdout
    assert file.read_text() == "mine"


def test_a_folder_that_is_not_there_is_named_first(new: New) -> None:
    made = new(*PLAN, "", name="nowhere/acme.toml")
    assert (made.exit_code, made.stdout) == (1, "")
    assert "cannot be written: there is no folder" in made.stderr


def test_a_name_that_no_file_can_have_is_told_first(new: New) -> None:
    made = new(*PLAN, "", name="a" * 300)
    assert (made.exit_code, made.stdout) == (1, "")
    assert "cannot be written: File name too long" in made.stderr


def test_a_file_that_came_while_questions_were_answered_stays(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text("mine")
    with pytest.raises(ClickException, match="is there already"):
        write_new(file, "new")
    assert file.read_text() == "mine"


def test_stopping_in_the_middle_writes_nothing(new: New, tmp_path: Path) -> None:
    assert new("Acme").exit_code == 1
    assert not (tmp_path / "acme.toml").exists()


def test_vat_is_valid_from_this_year_on(new: New, clock: Clock, tmp_path: Path) -> None:
    clock.set(clock.now.replace(year=2030))
    new(*PLAN, "")
    assert written(tmp_path).merchant.vat_rates[0].valid_from.isoformat() == "2030-01-01"
