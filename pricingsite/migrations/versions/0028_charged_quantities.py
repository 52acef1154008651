"""how many of what is charged once an earlier schedule has charged

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("phase_prices") as table:
        table.add_column(sa.Column("charged_quantity", sa.BigInteger()))


def downgrade():
    with op.batch_alter_table("phase_prices") as table:
        table.drop_column("charged_quantity")
