"""whole units: metrics of which people type whole numbers alone

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("usage_metrics", sa.Column("whole", sa.Boolean(), nullable=True))


def downgrade():
    op.drop_column("usage_metrics", "whole")
