"""trials, minimums and promotion codes: what plans promise, and what schedules have agreed

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DISCOUNT = "(discount_rate IS NULL) = (discount_code IS NULL OR discount_amount IS NOT NULL)"
IN_TRIAL = sa.text("trial")


def upgrade():
    with op.batch_alter_table("plans") as plans:
        plans.add_column(sa.Column("minimum", sa.Text()))
        plans.add_column(sa.Column("trial_days", sa.Integer()))
        plans.add_column(sa.Column("trial_then", sa.String()))
    op.add_column(
        "phases", sa.Column("trial", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("phases") as phases:
        phases.add_column(sa.Column("minimum", sa.Text()))
        phases.add_column(sa.Column("discount_code", sa.String()))
        phases.add_column(sa.Column("discount_rate", sa.Text()))
        phases.add_column(sa.Column("discount_amount", sa.Text()))
        phases.add_column(sa.Column("discount_periods", sa.Integer()))
        phases.create_check_constraint("discount", DISCOUNT)
    op.create_index(
        "ix_phases_trial",
        "phases",
        ["end_date"],
        sqlite_where=IN_TRIAL,
        postgresql_where=IN_TRIAL,
    )
    op.add_column("billing_schedules", sa.Column("trial_confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("billing_schedules", sa.Column("trial_reminded_at", sa.DateTime(timezone=True)))
    op.create_table(
        "promotions",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Text()),
        sa.Column("amount", sa.Text()),
        sa.Column("currency", sa.String()),
        sa.Column("periods", sa.Integer()),
        sa.Column("plans", sa.JSON(), nullable=False),
        sa.Column("new_customers_only", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("maximum_redemptions", sa.Integer()),
        sa.Column("redeemed", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(rate IS NULL) <> (amount IS NULL)", name="rate_or_amount"),
        sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_in_currency"),
        sa.CheckConstraint("redeemed >= 0", name="redeemed"),
    )
    op.create_table(
        "company_claims",
        sa.Column("subject", sa.String(), primary_key=True),
        sa.Column("company", sa.String(), primary_key=True),
        sa.Column("customer_id", sa.String(), sa.ForeignKey("customers.id"), nullable=False),
    )
    op.create_index("ix_company_claims_customer_id", "company_claims", ["customer_id"])


def downgrade():
    op.drop_table("company_claims")
    op.drop_index("ix_phases_trial", "phases")
    op.drop_table("promotions")
    # An earlier version would bill a trial. One that goes on begins with what follows it; one that
    # nobody has confirmed keeps no price, so that nothing of it is billed.
    op.execute(
        "DELETE FROM phase_prices WHERE phase_id IN (SELECT id FROM phases WHERE trial "
        "OR schedule_id IN (SELECT s.id FROM billing_schedules AS s JOIN phases AS p "
        "ON p.schedule_id = s.id AND p.trial AND p.end_date = s.end_date))"
    )
    op.execute(
        "UPDATE billing_schedules SET start_date = anchor_date WHERE id IN (SELECT schedule_id "
        "FROM phases WHERE trial AND (billing_schedules.end_date IS NULL "
        "OR billing_schedules.end_date > phases.end_date))"
    )
    op.execute(
        "DELETE FROM phases WHERE trial AND schedule_id IN (SELECT id FROM billing_schedules "
        "WHERE billing_schedules.start_date >= phases.end_date)"
    )
    for name in ("trial_reminded_at", "trial_confirmed_at"):
        with op.batch_alter_table("billing_schedules") as schedules:
            schedules.drop_column(name)
    with op.batch_alter_table("phases") as phases:
        phases.drop_constraint(op.f("ck_phases_discount"), type_="check")
        for name in (
            "trial",
            "minimum",
            "discount_code",
            "discount_rate",
            "discount_amount",
            "discount_periods",
        ):
            phases.drop_column(name)
    with op.batch_alter_table("plans") as plans:
        for name in ("minimum", "trial_days", "trial_then"):
            plans.drop_column(name)
