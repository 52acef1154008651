"""The one commit: a write is one transaction, and an error inside it leaves nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session, scoped_session

from pricingsite.database import WRITING


@contextmanager
def committing(session: Session | scoped_session[Any]) -> Iterator[None]:
    """Run the block in a writing transaction of its own and commit it.

    What was read before belongs to an older snapshot, so that transaction ends first: SQLite would
    refuse to write from it, and PostgreSQL would decide on what may have changed since.
    """
    session.rollback()
    session.connection(execution_options={WRITING: True})
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
