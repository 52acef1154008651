"""A backup is the database at one moment, whoever writes; restoring it is all or nothing."""

import shlex
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from click.testing import Result
from conftest import make_app, migrate
from flask import Flask
from sqlalchemy import func, select
from support.accounts import NOW, Account, differences
from support.databases import postgresql_database
from support.factories import apply_amara

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageEvent
from pricingsite.web.transaction import committing


def flask(app: Flask, *args: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=list(map(str, args)))


def customers(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Customer)) or 0


def add_customer(app: Flask) -> str:
    with app.app_context(), committing(db.session):
        account = Account(db.session())
        account.subscribe("A", "X")
        return account.customer.id


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "site.db"


@pytest.fixture
def backup(app: Flask, file: Path) -> Path:
    """A backup of a site with one customer."""
    add_customer(app)
    file.parent.mkdir()
    result = flask(app, "backup", file)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Backed up to {file}: {file.stat().st_size:,} bytes\n"
    return file


def test_a_backup_is_put_back(app: Flask, backup: Path) -> None:
    add_customer(app)
    assert customers(app) == 2
    result = flask(app, "restore", backup, "--force")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert customers(app) == 1
    with app.app_context():
        assert differences(db.session()) == []


def test_a_backup_is_one_file_of_its_owners(backup: Path) -> None:
    assert list(backup.parent.iterdir()) == [backup]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_an_empty_database_needs_no_force(backup: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for prepare in (lambda: None, lambda: migrate(url, tmp_path / "new")):
        prepare()
        app = make_app(url, tmp_path / "new")
        result = flask(app, "restore", backup)
        assert result.exit_code == 0, result.output
        assert customers(app) == 1
        with app.app_context():
            db.engine.dispose()
        (tmp_path / "new.db").unlink()


def refusals(app: Flask, file: Path) -> list[tuple[list[str | Path], str]]:
    """What is refused, and with which words."""
    folder = file.parent
    other, unknown, broken, newer = (folder / name for name in ("other", "text", "cut", "newer"))
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE alembic_version AS SELECT '0006' AS version_num")
        database.commit()
    unknown.write_text("hello")
    broken.write_bytes(file.read_bytes()[:-20_000])
    shutil.copy(file, newer)
    with closing(sqlite3.connect(newer)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with app.app_context():
        itself = db.engine.url.database or ""
    return [
        (["restore", file], "replace it by --force"),
        (["restore", folder / "none", "--force"], "There is no file"),
        (["restore", other, "--force"], "no backup of this site's database"),
        (["restore", unknown, "--force"], "no backup of this site's database"),
        (["restore", broken, "--force"], "is damaged"),
        (["restore", newer, "--force"], "of a newer version"),
        (["restore", itself, "--force"], "the database itself"),
        (["backup", file], "exists. Name another file, or replace it by --force."),
        (["backup", itself, "--force"], "the database itself"),
        (["backup", folder / "none" / "site.db"], "No backup was made: "),
    ]


def test_what_is_refused_changes_nothing(app: Flask, backup: Path) -> None:
    add_customer(app)
    before = backup.read_bytes()
    for command, why in refusals(app, backup):
        result = flask(app, *command)
        assert (result.exit_code, result.stdout) == (1, ""), command
        assert why in result.stderr
        assert customers(app) == 2
        assert backup.read_bytes() == before


def test_a_backup_may_be_replaced(app: Flask, backup: Path) -> None:
    add_customer(app)
    assert flask(app, "backup", backup, "--force").exit_code == 0
    assert flask(app, "restore", backup, "--force").exit_code == 0
    assert customers(app) == 2


def test_a_backup_of_an_older_version_says_what_to_run(app: Flask, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    result = flask(app, "restore", backup, "--force")
    assert result.exit_code == 0
    assert "Run: flask db upgrade" in result.stderr


def test_backups_under_load_hold_what_was_stored_and_nothing_by_half(
    app: Flask, database_url: str, file: Path, tmp_path: Path
) -> None:
    """Writers go on while backups are made, and while the last one is put back."""
    # SQLite lets no writer wait its turn in a queue, and none here is to be sent away.
    patient = make_app(
        database_url, tmp_path / "instance", NOW=NOW.isoformat(), DATABASE_BUSY_SECONDS=60
    )
    file.parent.mkdir()
    ids = [add_customer(app) for _ in range(3)]
    done = Event()

    def write(customer_id: str) -> int:
        batches = 0
        # Who waits for the others longest still writes twice.
        while batches < 2 or not done.is_set():
            with patient.app_context(), committing(db.session):
                account = Account.of(db.session(), customer_id)
                account.events = batches * 20
                account.use(*[1] * 20)
            batches += 1
        return batches

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, one) for one in ids]
        try:
            for number in range(5):
                stored = events(app)
                assert flask(app, "backup", file.with_suffix(f".{number}")).exit_code == 0
                check(file.with_suffix(f".{number}"), tmp_path / f"copy-{number}", stored)
            assert flask(app, "restore", file.with_suffix(".4"), "--force").exit_code == 0
        finally:
            done.set()
        assert min(writer.result() for writer in writers) > 1
    with patient.app_context():
        db.engine.dispose()
    with app.app_context():
        assert differences(db.session()) == []


def events(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(UsageEvent)) or 0


def check(file: Path, folder: Path, stored: int) -> None:
    """A backup holds all that was stored before it, in whole batches, and days that agree."""
    app = make_app(f"sqlite:///{file}", folder, NOW=NOW.isoformat())
    assert events(app) >= stored
    assert events(app) % 20 == 0
    with app.app_context():
        assert differences(db.session()) == []
        db.engine.dispose()


@pytest.mark.postgresql
def test_on_postgresql_the_commands_to_run_are_named_and_work(
    tmp_path: Path, run_named: Callable[[Result], None]
) -> None:
    with postgresql_database() as url:
        migrate(url, tmp_path)
        app = make_app(url, tmp_path)
        with app.app_context():
            apply_amara(db.session())
            db.session.commit()
        add_customer(app)
        dump = tmp_path / "a dump"
        run_named(flask(app, "backup", dump))
        add_customer(app)
        run_named(flask(app, "restore", dump))
        assert customers(app) == 1
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def run_named() -> Callable[[Result], None]:
    """Run the command that a result names."""
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump here: install your system's postgresql-client package")

    def run(result: Result) -> None:
        assert result.exit_code == 1
        start = "Error: This database is on PostgreSQL. Run: "
        assert result.stderr.startswith(start)
        subprocess.run(shlex.split(result.stderr.removeprefix(start)), check=True)

    return run


def test_a_password_is_not_printed(tmp_path: Path) -> None:
    app = make_app("postgresql+psycopg://u:hidden@db.example:5433/site", tmp_path)
    said = flask(app, "backup", "out.dump").stderr
    assert "pg_dump --format=custom --file=out.dump" in said
    assert "--dbname=postgresql://u@db.example:5433/site" in said
    assert "hidden" not in said
