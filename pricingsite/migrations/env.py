"""Runs migrations on the app's own engine, against the models' metadata."""

from alembic import context
from flask import current_app
from sqlalchemy.types import TypeDecorator

from pricingsite import models
from pricingsite.database import Base, db

# Importing the models is what fills the metadata.
TARGET = Base.metadata if models else None


def render_item(kind, item, autogen):
    """Write our column types as what they are made of: a migration outlives the code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        implementation = item.impl_instance
        return f"sa.{implementation!r}"
    return False


def run():
    arguments = current_app.extensions["migrate"].configure_args
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=TARGET,
            render_item=render_item,
            transaction_per_migration=True,
            **arguments,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
