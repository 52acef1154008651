"""`flask backup FILE` and `flask restore FILE`: the database in one file, while the site runs.

SQLite copies itself, as it is at one moment, writers or not. PostgreSQL has programs of its own for
this, and the commands name them.
"""

import os
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import click
from flask.cli import with_appcontext
from sqlalchemy import URL

from pricingsite.database import db
from pricingsite.schema import known_revisions, newest_revision

_DUMP = "pg_dump --format=custom --file={file} --dbname={url}"
_RESTORE = (
    "pg_restore --clean --if-exists --exit-on-error --single-transaction --dbname={url} {file}"
)
# Every database of Pricingsite has them, whatever its version.
_OUR_TABLES = {"merchant", "customers", "billing_schedules"}
# How long others are waited for that use the database.
_PATIENCE_SECONDS = 60

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@_FILE
@click.option("--force", is_flag=True, help="Replace FILE if it is there already.")
@with_appcontext
def backup(*, file: Path, force: bool) -> None:
    """Copy the database into FILE as it is now; the site may go on meanwhile."""
    source = _sqlite_database(_DUMP, file)
    if not source.exists():
        raise click.ClickException(f"There is no database at {source}.")
    _other_file(file, source)
    if file.exists() and not force:
        raise click.ClickException(f"{file} exists. Name another file, or replace it by --force.")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _write(source, draft)
        if force:
            draft.replace(file)
        else:
            # A link never replaces a file that somebody else has made meanwhile.
            file.hardlink_to(draft)
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"No backup was made: {error}") from None
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"Backed up to {file}: {file.stat().st_size:,} bytes")


@click.command("restore")
@_FILE
@click.option("--force", is_flag=True, help="Replace the data that the database holds.")
@with_appcontext
def restore(*, file: Path, force: bool) -> None:
    """Put a backup back: all of it, or on any failure nothing; the site may go on meanwhile."""
    target = _sqlite_database(_RESTORE, file)
    _other_file(file, target)
    revision = _checked(file)
    try:
        target.touch(mode=0o600)
        with closing(sqlite3.connect(target)) as database:
            if _holds_data(database) and not force:
                raise click.ClickException(
                    f"{target} holds data. Back it up, and then replace it by --force."
                )
            with closing(_read_only(file)) as copy:
                copy.backup(database, progress=_giving_up())
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"Nothing was restored: {error}") from None
    click.echo(f"Restored {target} from {file}")
    if revision != newest_revision():
        click.echo("The backup is of an older version. Run: flask db upgrade", err=True)


def _other_file(file: Path, database: Path) -> None:
    if file.exists() and database.exists() and file.samefile(database):
        raise click.ClickException(f"{file} is the database itself. Name another file.")


def _sqlite_database(command: str, file: Path) -> Path:
    """The file of the embedded database; on PostgreSQL, the command that is to be run instead."""
    url = db.engine.url
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "")
    # The password is not for a screen; the programs ask for it, or take it from ~/.pgpass.
    address = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    ).render_as_string()
    run = command.format(file=shlex.quote(str(file)), url=shlex.quote(address))
    raise click.ClickException(f"This database is on PostgreSQL. Run: {run}")


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True)


def _write(source: Path, draft: Path) -> None:
    draft.touch(mode=0o600)
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(draft)) as copy:
        database.backup(copy, progress=_giving_up())
        # The copy is one file, with no -wal beside it.
        copy.execute("PRAGMA journal_mode=DELETE")


def _giving_up() -> Callable[[int, int, int], None]:
    """What a copy calls at each step, also where it finds its database in use."""
    deadline = monotonic() + _PATIENCE_SECONDS

    def step(status: int, _left: int, _pages: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and monotonic() > deadline:
            raise sqlite3.OperationalError("the database is in use by others all the time")

    return step


def _checked(file: Path) -> str:
    """The revision of a backup that is whole, ours, and not of a newer version than this."""
    if not file.exists():
        raise click.ClickException(f"There is no file {file}.")
    try:
        with closing(_read_only(file)) as copy:
            is_whole = copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
            is_ours = _tables(copy) >= _OUR_TABLES
            revision: str = copy.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite3.Error, TypeError):
        is_whole = is_ours = False
    if not (is_whole and is_ours):
        raise click.ClickException(f"{file} is damaged, or no backup of this site's database.")
    if revision not in known_revisions():
        raise click.ClickException(f"{file} is of a newer version of Pricingsite than this one.")
    return revision


def _tables(database: sqlite3.Connection) -> set[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in found if not name.startswith("sqlite_")}


def _holds_data(database: sqlite3.Connection) -> bool:
    """Whether there is a row in any table."""
    with suppress(sqlite3.DatabaseError):
        return any(
            database.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
            for name in _tables(database) - {"alembic_version"}
        )
    # What cannot even be read may be somebody's data, too.
    return True
