"""A supervisor learns whether the process lives, and what to run when the site cannot work."""

from pathlib import Path

import pytest
from conftest import make_app
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from pricingsite.database import db

ON_SALE = pytest.mark.usefixtures("on_sale")
JSON = {"Accept": "application/json"}


@ON_SALE
def test_a_migrated_site_with_a_catalog_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/readyz", headers=JSON).json == {"ready": True, "problem": None}


def test_a_site_without_a_catalog_names_the_command(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "flask catalog apply" in answer.text
    answer = client.get("/readyz", headers=JSON)
    assert answer.status_code == 503
    assert "flask catalog apply" in answer.json["problem"]


def test_a_database_that_is_not_migrated_names_the_command(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "instance")
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text


@ON_SALE
def test_a_database_of_another_version_is_not_ready(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = 'other'"))
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/site.db", "postgresql+psycopg://u:hidden@127.0.0.1:9/none"]
)
def test_a_database_that_does_not_answer_is_told_without_its_secrets(
    tmp_path: Path, url: str
) -> None:
    client = make_app(url, tmp_path / "instance").test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text
    assert "hidden" not in answer.text
    alive = client.get("/healthz")
    assert (alive.status_code, alive.text) == (200, "ok\n")
