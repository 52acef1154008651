"""A supervisor learns whether the process lives, and what to run when the site cannot work."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from conftest import make_app, migrate
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from support.databases import postgresql_database
from support.factories import apply_amara

from pricingsite.database import db

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
ON_SALE = pytest.mark.usefixtures("on_sale")
JSON = {"Accept": "application/json"}


@ON_SALE
def test_a_migrated_site_with_a_catalog_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")
    assert answer.headers["Cache-Control"] == "no-store"
    said = {"ready": True, "problem": None, "remarks": []}
    assert client.get("/readyz", headers=JSON).json == said


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


def set_schema(app: Flask, *statements: str) -> None:
    with app.app_context():
        for statement in statements:
            db.session.execute(text(statement))
        db.session.commit()


@ON_SALE
def test_a_database_of_an_older_version_is_not_ready(app: Flask, client: FlaskClient) -> None:
    set_schema(app, "UPDATE alembic_version SET version_num = '0001'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text


NEWER = "UPDATE alembic_version SET version_num = 'of tomorrow'"


@pytest.fixture(params=BOTH)
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """A site with a catalog on a database that no other test uses: its schema may be changed."""
    file = nullcontext(f"sqlite:///{tmp_path / 'own.db'}")
    with file if request.param == "sqlite" else postgresql_database() as url:
        migrate(url, tmp_path / "own")
        app = make_app(url, tmp_path / "own")
        with app.app_context():
            apply_amara(db.session())
            db.session.commit()
        yield app
        with app.app_context():
            db.engine.dispose()


def test_an_old_process_serves_on_a_newer_schema_while_it_can(own_app: Flask) -> None:
    client = own_app.test_client()
    set_schema(
        own_app,
        NEWER,
        "CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY)",
        "ALTER TABLE customers ADD COLUMN left_out TEXT",
        "ALTER TABLE customers ADD COLUMN given INTEGER NOT NULL DEFAULT 0",
    )
    assert (client.get("/readyz").text, client.get("/").status_code) == ("ready\n", 200)
    for change, back in (
        (
            "customers RENAME COLUMN legal_name TO full_name",
            "customers RENAME COLUMN full_name TO legal_name",
        ),
        ("customers RENAME TO clients", "clients RENAME TO customers"),
    ):
        set_schema(own_app, f"ALTER TABLE {change}")
        answer = client.get("/readyz")
        assert answer.status_code == 503, change
        assert "of a newer version" in answer.text
        set_schema(own_app, f"ALTER TABLE {back}")
    assert client.get("/readyz").status_code == 200


def test_a_database_that_takes_no_writes_is_told(own_app: Flask) -> None:
    client = own_app.test_client()
    assert client.get("/readyz").status_code == 200
    with own_app.app_context():
        taking_no_writes = read_only if db.engine.name == "postgresql" else full_disk
        with taking_no_writes():
            answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("The database takes no writes: its disk is full or read-only")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows past what SQLite has mapped already."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, most[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)


@contextmanager
def read_only() -> Iterator[None]:
    """New connections read only, as on a standby."""
    name = db.engine.url.database
    db.session.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    yield


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
