"""The demo's password is printed for everybody, so it opens nothing on a real site."""

from pathlib import Path

import pytest
from conftest import make_app
from flask import Flask
from flask_security import hash_password
from support.members import ADA, PASSWORD, Members
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.access.users import add_membership, create_user
from pricingsite.web.sign_in.flask_security import DEMO_PASSWORD


@pytest.fixture
def demo(app: Flask, amara: object) -> Flask:
    """What `flask demo` leaves behind: a member who signs in by the demo's password."""
    del amara
    customer_id = Members(app).customer()
    with app.app_context():
        user = create_user(db.session(), ADA, hash_password(DEMO_PASSWORD), now=app.config["NOW"])
        customer = db.session.get_one(Customer, customer_id)
        add_membership(db.session(), user, customer, now=app.config["NOW"])
        db.session.commit()
    Members(app).user(customer_id, email="grace@ashdown.example")
    return app


def sign_in(app: Flask, email: str, password: str) -> int:
    """Sign in at the app's own host; the status of the answer."""
    host = {"Host": app.config["BASE_URL"].partition("//")[2]}
    browser = Browser(app)
    token = browser.get("/login", headers=host).one("input[name=csrf_token]")["value"]
    typed = {"csrf_token": token, "email": email, "password": password}
    return browser.client.post("/login", data=typed, headers=host).status_code


def test_it_signs_in_to_the_demo_alone(demo: Flask, database_url: str, tmp_path: Path) -> None:
    assert sign_in(demo, ADA, DEMO_PASSWORD) == 303
    real = make_app(database_url, tmp_path / "real", BASE_URL="https://shop.example")
    assert sign_in(real, ADA, DEMO_PASSWORD) == 422
    assert sign_in(real, "grace@ashdown.example", PASSWORD) == 303
