"""idempotency keys, and customers and schedules in the order of making

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "idempotency_keys",
        sa.Column("api_key_id", sa.String(), sa.ForeignKey("api_keys.id"), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location", sa.String()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_index("ix_customers_created_at", "customers", ["created_at", "id"])
    op.create_index("ix_billing_schedules_created_at", "billing_schedules", ["created_at", "id"])


def downgrade():
    op.drop_index("ix_billing_schedules_created_at", "billing_schedules")
    op.drop_index("ix_customers_created_at", "customers")
    op.drop_table("idempotency_keys")
