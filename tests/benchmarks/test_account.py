"""The account's pages: CPU beside a constant Flask view, and two years of history beside a month.

Figures are CPU seconds of this process, so that what else the machine does counts for little. What
each page took before it asked for everything once stands beside its floor, which is half of that.
"""

from collections.abc import Callable
from datetime import date
from statistics import median
from time import process_time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from floors import Floors
from support.long_history import customer_since
from support.members import Members, sign_in
from support.pages import Browser

REQUESTS, ROUNDS = 20, 9
# In answers of a constant view, at a year of history.
BEFORE = {
    "sqlite": {"/account": 222, "/account/usage": 182},
    "postgresql": {"/account": 267, "/account/usage": 251},
}


def cpu(client: FlaskClient, path: str) -> float:
    start = process_time()
    for _ in range(REQUESTS):
        assert client.get(path).status_code == 200
    return process_time() - start


def cpu_ratio(ours: Callable[[], float], theirs: Callable[[], float]) -> float:
    """What ours takes, theirs being 1: the median over rounds, each of both in turns."""
    ours(), theirs()
    return median(ours() / theirs() for _ in range(ROUNDS))


def reader_of(app: Flask, start: date, email: str) -> FlaskClient:
    """Somebody who may see a customer that has used Scale every day since `start`."""
    browser = Browser(app)
    Members(app).user(customer_since(app, start), email=email)
    sign_in(browser, email)
    return browser.client


@pytest.mark.parametrize("path", ["/account", "/account/usage"])
def test_a_page_takes_half_of_what_it_did(
    app: Flask, database_url: str, path: str, floors: Floors
) -> None:
    before = BEFORE[database_url.partition(":")[0].partition("+")[0]][path]
    reader = reader_of(app, date(2025, 11, 1), "ada@ashdown.example")
    constant = Flask(__name__)
    constant.add_url_rule("/", view_func=lambda: "x" * 15_000)
    theirs = constant.test_client()
    ratio = cpu_ratio(lambda: cpu(reader, path), lambda: cpu(theirs, "/"))
    floors.hold(f"CPU of {path} / before it asked once", ratio / before, most=0.5)


def test_two_years_of_history_take_hardly_more_than_a_month(app: Flask, floors: Floors) -> None:
    long = reader_of(app, date(2024, 11, 1), "ada@ashdown.example")
    short = reader_of(app, date(2026, 10, 1), "eve@elsewhere.example")
    ratio = cpu_ratio(lambda: cpu(long, "/account"), lambda: cpu(short, "/account"))
    floors.hold("CPU of /account at 24 months / at one", ratio, most=1.5)
