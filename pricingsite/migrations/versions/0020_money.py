"""the merchant's bank account, and exchange rates

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ACCOUNT = ("iban", "bic", "sort_code", "account_number")


def upgrade():
    for name in ACCOUNT:
        op.add_column("merchant", sa.Column(name, sa.String()))
    op.create_table(
        "exchange_rates",
        sa.Column("currency", sa.String(), primary_key=True),
        sa.Column("valid_from", sa.Date(), primary_key=True),
        sa.Column("rate", sa.Text(), nullable=False),
    )


def downgrade():
    op.drop_table("exchange_rates")
    for name in ACCOUNT:
        op.drop_column("merchant", name)
