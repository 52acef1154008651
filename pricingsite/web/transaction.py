"""The one commit: a write is one transaction, and an error inside it leaves nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session, scoped_session

from pricingsite.database import WRITING


@contextmanager
def committing(session: Session | scoped_session[Any]) -> Iterator[None]:
    """Run the block in a writing transaction and commit it.

    What was read before may have changed since, and is read again. On SQLite that took a snapshot,
    from which it would refuse to write, so that transaction ends first. On PostgreSQL each
    statement sees what is committed by then, and another transaction would only take its time.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.rollback()
        session.connection(execution_options={WRITING: True})
    else:
        session.expire_all()
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
