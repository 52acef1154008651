"""announced prices

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("prices", sa.Column("valid_from", sa.Date(), nullable=True))
    # In one statement, constraints and all: SQLite could add them only to a new table, and this one
    # is referred to by others.
    op.execute(
        "ALTER TABLE prices ADD COLUMN replaces VARCHAR "
        "CONSTRAINT fk_prices_replaces_prices REFERENCES prices (id) "
        "CONSTRAINT ck_prices_replaces_from CHECK ((replaces IS NULL) = (valid_from IS NULL))"
    )
    op.create_index(
        "uq_prices_replaces",
        "prices",
        ["replaces"],
        unique=True,
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )


def downgrade():
    op.drop_index("uq_prices_replaces", "prices")
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_prices_replaces_from"), type_="check")
        batch_op.drop_column("replaces")
        batch_op.drop_column("valid_from")
