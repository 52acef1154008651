"""large days: those that a month may fill up with are found by an index of their own

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LARGE = sa.text("total > 16129032258000000")


def upgrade():
    _remake(with_rowid=False)
    op.create_index(
        "ix_usage_days_large",
        "usage_days",
        ["customer_id", "day"],
        sqlite_where=LARGE,
        postgresql_where=LARGE,
    )


def downgrade():
    op.drop_index("ix_usage_days_large", "usage_days")
    _remake(with_rowid=True)


def _remake(*, with_rowid):
    """SQLite's tables of days and values, in one tree by their key or in two."""
    if op.get_context().dialect.name != "sqlite":
        return
    for table in ("usage_days", "usage_values"):
        with op.batch_alter_table(
            table, recreate="always", table_kwargs={"sqlite_with_rowid": with_rowid}
        ):
            pass
