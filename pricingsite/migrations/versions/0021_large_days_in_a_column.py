"""large days in a column: PostgreSQL rewrites a day in its page, and no index of days with it

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LARGE = "total > 16129032258000000"
INDEX = "ix_usage_days_large"


def upgrade():
    op.drop_index(INDEX, "usage_days")
    is_postgresql = op.get_context().dialect.name == "postgresql"
    if is_postgresql:
        op.execute("ALTER TABLE usage_days SET (fillfactor = 40)")
    # SQLite can only add such a column that is worked out when it is read.
    large = sa.Computed(LARGE, persisted=is_postgresql)
    op.add_column("usage_days", sa.Column("is_large", sa.Boolean(), large, nullable=False))
    _create_index("is_large")


def downgrade():
    op.drop_index(INDEX, "usage_days")
    op.drop_column("usage_days", "is_large")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE usage_days RESET (fillfactor)")
    _create_index(LARGE)


def _create_index(condition):
    op.create_index(
        INDEX,
        "usage_days",
        ["customer_id", "day"],
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
