"""A plan's minimum, trial and promotion codes in tests: selling them, ordering, verifying."""

import re

import pytest
from flask import Flask
from support.factories import ROSTER, amara_with
from support.members import PASSWORD
from support.orders import TYPED, mails
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
SCALE = 'id = "scale"\nname = "Scale"'
START = 'id = "start"\nname = "Start"'
TRIAL = f"{START}\ntrial_days = 14"
LAUNCH = """
[[promotions]]
code = "LAUNCH"
percent = "20"
periods = 3
plans = ["scale"]
maximum_redemptions = 1

[[promotions]]
code = "WELCOME"
amount = "300"
currency = "GBP"
new_customers_only = true

[[promotions]]
code = "LATER"
percent = "10"
valid_from = "2099-01-01"

[[promotions]]
code = "GONE"
percent = "10"
valid_until = "2020-01-01"
"""
YEAR = {
    "option": "yearly",
    "quantity.seat-year": "7",
    "add_on.site-year": "2",
    "country": "US",
    "postcode": "04101",
}


def sell(app: Flask, *edits: tuple[str, str], more: str = "") -> None:
    with app.app_context():
        document = read_catalog(amara_with(*edits) + more.encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()


def order(browser: Browser, plan: str, **typed: str) -> Page:
    return browser.submit(browser.get(f"/checkout/{plan}"), **(TYPED | typed))


def link(app: Flask, to: str = TYPED["email"]) -> str:
    (found, *_) = re.findall(r"http://[^/]+(/verify/\S+)", mails(app, to)[-1].text)
    return str(found)


def verify(app: Flask, browser: Browser, to: str = TYPED["email"]) -> Page:
    page = browser.get(link(app, to))
    return browser.follow(browser.submit(page, password=PASSWORD))


def main(page: Page) -> str:
    return page.text_of("main")


def sell_roster(app: Flask, *edits: tuple[str, str], more: str = "") -> None:
    text = ROSTER.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    with app.app_context():
        document = read_catalog((text + more).encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()
