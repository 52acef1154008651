"""What every group of commands shares: a database that does not answer is told of in words."""

import click
from flask.cli import AppGroup
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError


class Group(AppGroup):
    """A group of commands that need the database."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a missing table or server is a message, not a traceback."""
        try:
            return super().invoke(ctx)
        except (OperationalError, InterfaceError, ProgrammingError) as error:
            raise click.ClickException(
                f"The database did not answer: {error.orig}. "
                "If it is new or this version is, run: flask db upgrade"
            ) from None
