"""brand

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("merchant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("headline", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("lede", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("accent_light", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("accent_dark", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("logo", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("faq", sa.JSON(), server_default="[]", nullable=False))

    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.add_column(sa.Column("faq", sa.JSON(), server_default="[]", nullable=False))


def downgrade():
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_column("faq")

    with op.batch_alter_table("merchant", schema=None) as batch_op:
        batch_op.drop_column("faq")
        batch_op.drop_column("logo")
        batch_op.drop_column("accent_dark")
        batch_op.drop_column("accent_light")
        batch_op.drop_column("lede")
        batch_op.drop_column("headline")
