"""`flask exchange-rates`: what other money is worth in the merchant's own."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=["exchange-rates", *arguments])

    return run


@pytest.mark.usefixtures("amara")
def test_rates_are_set_and_listed(run: Run) -> None:
    done = run("set", "USD", "0.79", "--from", "2026-10-01")
    assert (done.exit_code, done.stdout) == (0, "1 USD = 0.79 GBP from 2026-10-01.\n")
    assert run("set", "eur", "0.860").stdout == "1 EUR = 0.86 GBP from 2026-11-23.\n"
    assert run("set", "usd", "0.8", "--from", "2026-10-01").exit_code == 0
    assert run("list").stdout == "EUR\t2026-11-23\t0.86\nUSD\t2026-10-01\t0.8\n"


@pytest.mark.usefixtures("amara")
@pytest.mark.parametrize(
    ("currency", "rate", "said"),
    [
        ("GBP", "1", "GBP is your own currency: it needs no rate."),
        ("DOLLARS", "0.79", "DOLLARS is not the code of a currency such as USD."),
        ("DEM", "0.4", "DEM is not the code of a currency"),
        ("USD", "0", "expected more than 0"),
        ("USD", "-1", "No such option"),
        ("USD", "about 0.8", "Invalid value for 'RATE'"),
        ("USD", "0.1234567890123", "Invalid value for 'RATE'"),
    ],
)
def test_what_is_no_rate_is_refused(run: Run, currency: str, rate: str, said: str) -> None:
    done = run("set", currency, rate)
    assert done.exit_code != 0
    assert said in done.stderr
    assert run("list").stdout == ""


def test_without_a_catalog_there_is_no_currency_of_ones_own(run: Run) -> None:
    assert "No catalog has been applied yet" in run("set", "USD", "0.79").stderr
