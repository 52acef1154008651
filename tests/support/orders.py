"""An order in tests: what a visitor types, and what the merchant changes meanwhile."""

from typing import Any

from flask import Flask
from sqlalchemy import select
from support.factories import AMARA
from support.pages import Browser, Page

from pricingsite.database import Base, db
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

TYPED = {
    "email": "ada@ashdown.example",
    "name": "Ada Byron",
    "organization": "Ashdown Ltd",
    "line1": "1 Analytical Row",
    "town": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}
REQUIRED = [
    "email",
    "name",
    "organization",
    "billing address-line1",
    "billing address-level2",
    "billing postal-code",
    "billing country",
]
FORM = "/checkout/scale"


def order(browser: Browser, **changes: str) -> Page:
    """Open the page of Scale and order it; the answer is the redirect."""
    return browser.submit(browser.get(FORM), **(TYPED | changes))


def rows(app: Flask, model: type[Base]) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(select(model)))


def mails(app: Flask, recipient: str = TYPED["email"]) -> list[OutboxMessage]:
    """What the outbox has for somebody, the oldest first: PostgreSQL keeps rows in no order."""
    found = sorted(rows(app, OutboxMessage), key=lambda one: one.id)
    return [one for one in found if one.recipient == recipient]


def new_list_price(amount: str) -> str:
    text = AMARA.read_text()
    changes = {
        '[[products.prices]]\nid = "A"\nname = "Platform access"\nlist_price = true':
        '[[products.prices]]\nid = "A2"\nname = "Platform access"\nlist_price = true',
        'amount = "500"': f'amount = "{amount}"',
        '["A"]': '["A2"]', '["A", "X"]': '["A2", "X"]',
    }  # fmt: skip
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def set_list_price(app: Flask, amount: str) -> None:
    """As a merchant does: a new list price in both plans, the old one archived."""
    with app.app_context():
        document = read_catalog(new_list_price(amount).encode())
        apply(db.session(), document, archive=True, now=app.config["NOW"])
        db.session.commit()


def withdraw(app: Flask) -> None:
    text = AMARA.read_text()
    text = text[: text.rindex("[[plans]]")]
    with app.app_context():
        apply(db.session(), read_catalog(text.encode()), archive=True, now=app.config["NOW"])
        db.session.commit()


def kept(page: Page, typed: dict[str, str]) -> dict[str, str]:
    """What the form still holds of what was typed."""
    options = {field["name"]: field.select_one("[selected]") for field in page.select("select")}
    values = {field["name"]: field.get("value", "") for field in page.select("main form input")}
    values |= {name: option["value"] for name, option in options.items() if option}
    return {name: values[name] for name in typed}
