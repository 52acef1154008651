"""doors

Revision ID: 0008
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("quota_key", sa.String(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_outbox_messages_quota_key_outbox_messages_created_at"),
            ["quota_key", "created_at"],
        )


def downgrade():
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_messages_quota_key_outbox_messages_created_at"))
        batch_op.drop_column("quota_key")
        batch_op.drop_column("parked_at")
