"""What tests of pages start from."""

import pytest
from factories import apply_amara
from flask import Flask

from pricingsite.database import db


@pytest.fixture
def on_sale(app: Flask) -> None:
    """Amara's catalog, applied and committed; no context stays open between requests."""
    with app.app_context():
        apply_amara(db.session())
        db.session.commit()
