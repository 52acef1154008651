"""blocks of events: an index whose new entries lie side by side

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "usage_events"
BY_CUSTOMER = "ix_usage_events_customer_id_usage_events_occurred_at"
BY_BLOCK = "ix_usage_events_block"


def upgrade():
    # All that is stored already is the first block, however much it is.
    op.add_column(TABLE, sa.Column("block", sa.Integer(), server_default="0", nullable=False))
    op.drop_index(op.f(BY_CUSTOMER), TABLE)
    op.create_index(BY_BLOCK, TABLE, ["block", "customer_id", "occurred_at"])


def downgrade():
    op.drop_index(BY_BLOCK, TABLE)
    op.create_index(op.f(BY_CUSTOMER), TABLE, ["customer_id", "occurred_at"])
    op.drop_column(TABLE, "block")
