"""ended orders

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("orders", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade():
    # In place, not by a batch: SQLite would recreate the table.
    op.drop_column("orders", "ended_at")
