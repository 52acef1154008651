"""What commands share: a database that does not answer is told of in words, not by a traceback."""

import click
from flask.cli import AppGroup
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError


class Command(click.Command):
    """A command that needs the database."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, or say why the database did not answer."""
        try:
            return super().invoke(ctx)
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            raise click.ClickException(
                f"The database did not answer: {error.orig}. "
                "If it is new or this version is, run: flask db upgrade"
            ) from None


class Group(Command, AppGroup):
    """A group of commands that need the database."""
