"""What tests of pages start from."""

from collections.abc import Iterator

import pytest
from flask import Flask
from support.account_pages import Site
from support.factories import have_amara
from support.pages import Browser

from pricingsite.database import db


@pytest.fixture
def on_sale(app: Flask) -> None:
    """Amara's catalog, applied and committed; no context stays open between requests."""
    with app.app_context():
        have_amara(db.session())
        db.session.commit()


@pytest.fixture
def visitor(app: Flask, browser: Browser) -> Iterator[Site]:
    """An account, and a browser that is not signed in."""
    with app.app_context():
        yield Site(app, browser)


@pytest.fixture
def site(visitor: Site) -> Site:
    """An account, and the browser of a member who is signed in."""
    visitor.sign_in()
    return visitor
