"""unused columns

Revision ID: 0009
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    # In place, not by a batch: SQLite would recreate phases, and phase_prices refers to it.
    op.drop_column("phases", "name")
    op.drop_column("outbox_messages", "reply_to")


def downgrade():
    op.add_column("outbox_messages", sa.Column("reply_to", sa.String(), nullable=True))
    op.add_column("phases", sa.Column("name", sa.String(), nullable=True))
