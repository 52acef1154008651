"""reminders of invoices and of renewals; customers can be suspended

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "invoice_reminders",
        sa.Column("invoice_id", sa.BigInteger(), sa.ForeignKey("invoices.id"), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "renewal_reminders",
        sa.Column(
            "schedule_id", sa.String(), sa.ForeignKey("billing_schedules.id"), primary_key=True
        ),
        sa.Column("renews_on", sa.Date(), primary_key=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )
    with op.batch_alter_table("customers") as customers:
        customers.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True)))
        customers.add_column(
            sa.Column(
                "suspended_for",
                sa.Enum(
                    "merchant",
                    "overdue",
                    name="suspension_cause",
                    native_enum=False,
                    create_constraint=True,
                    length=None,
                ),
            )
        )
        customers.create_check_constraint(
            op.f("ck_customers_suspended"), "(suspended_at IS NULL) = (suspended_for IS NULL)"
        )


def downgrade():
    with op.batch_alter_table("customers") as customers:
        customers.drop_constraint(op.f("ck_customers_suspended"), type_="check")
        customers.drop_constraint(op.f("ck_customers_suspension_cause"), type_="check")
        customers.drop_column("suspended_for")
        customers.drop_column("suspended_at")
    op.drop_table("renewal_reminders")
    op.drop_table("invoice_reminders")
