"""What tests of pages start from."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

import pytest
from conftest import Clock
from flask import Flask
from support.account_pages import Site
from support.factories import have_amara
from support.pages import Browser

from pricingsite.database import db

At = Callable[[datetime], AbstractContextManager[Any]]


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


@pytest.fixture
def at(clock: Clock) -> At:
    """What is done at another moment."""

    @contextmanager
    def moment(instant: datetime) -> Iterator[None]:
        clock.set(instant)
        yield

    return moment


@pytest.fixture
def another_browser(app: Flask) -> Browser:
    return Browser(app)
