"""usage ranges

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "usage_ranges",
        sa.Column("metric_id", sa.String(), nullable=False),
        sa.Column("days_gone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("low <= high", name=op.f("ck_usage_ranges_low_to_high")),
        sa.PrimaryKeyConstraint("metric_id", "days_gone", name=op.f("pk_usage_ranges")),
    )


def downgrade():
    op.drop_table("usage_ranges")
