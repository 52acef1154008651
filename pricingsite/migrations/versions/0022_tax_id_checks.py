"""the online check of tax ids

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TO_CHECK = sa.text("tax_id_valid AND tax_evidence IS NULL")


def upgrade():
    op.create_table(
        "tax_id_checks",
        sa.Column("customer_id", sa.String(), sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("tax_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid", sa.Boolean()),
        sa.Column("consultation", sa.String()),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True), index=True),
        sa.Column("last_error", sa.Text()),
    )
    op.create_index(
        "ix_customers_tax_id_to_check",
        "customers",
        ["country"],
        sqlite_where=TO_CHECK,
        postgresql_where=TO_CHECK,
    )


def downgrade():
    op.drop_index("ix_customers_tax_id_to_check", "customers")
    op.drop_table("tax_id_checks")
