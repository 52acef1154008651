"""What commands share: a database that does not answer is told of in words, not by a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, ProgrammingError) as error:
        raise click.ClickException(
            f"The database did not answer: {error.orig}. "
            "If it is new or this version is, run: flask db upgrade"
        ) from None


class Group(AppGroup):
    """A group of commands that need the database."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, or say why the database did not answer."""
        with _answering():
            return super().invoke(ctx)


class Command(click.Command):
    """A command of no group that needs the database."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, or say why the database did not answer."""
        with _answering():
            return super().invoke(ctx)
