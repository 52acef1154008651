"""whole units: metrics of which people type whole numbers alone

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("usage_metrics", sa.Column("whole", sa.Boolean(), nullable=True))


def downgrade():
    op.drop_column("usage_metrics", "whole")
