"""changes of schedules, and what they add to bills

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

OPEN = sa.text("end_date IS NULL AND withdrawn_at IS NULL")
OPEN_BEFORE = sa.text("end_date IS NULL")
IS_LATEST = sa.text("is_latest")
IS_CREDIT = sa.text("invoice_id IS NOT NULL")


def upgrade():
    op.add_column("billing_schedules", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column("phase_prices", sa.Column("charged_until", sa.Date()))
    with op.batch_alter_table("phases") as phases:
        phases.add_column(sa.Column("plan_id", sa.String()))
        phases.create_foreign_key(op.f("fk_phases_plan_id_plans"), "plans", ["plan_id"], ["id"])
    op.execute(
        "UPDATE phases SET plan_id = (SELECT plan_id FROM orders"
        " WHERE orders.schedule_id = phases.schedule_id)"
    )
    _index_open(OPEN)
    op.create_table(
        "schedule_changes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "schedule_id",
            sa.String(),
            sa.ForeignKey("billing_schedules.id"),
            nullable=False,
            index=True,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "plan",
                "cancellation",
                "end",
                "pause",
                "price_move",
                name="change_kind",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("from_plan", sa.String()),
        sa.Column("to_plan", sa.String()),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), sa.ForeignKey("users.id")),
        sa.Column("is_latest", sa.Boolean(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "NOT is_latest OR undone_at IS NULL", name=op.f("ck_schedule_changes_undone")
        ),
    )
    op.create_index(
        "uq_schedule_changes_latest",
        "schedule_changes",
        ["schedule_id"],
        unique=True,
        sqlite_where=IS_LATEST,
        postgresql_where=IS_LATEST,
    )
    op.create_table(
        "change_lines",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "schedule_id", sa.String(), sa.ForeignKey("billing_schedules.id"), nullable=False
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("price_id", sa.String(), sa.ForeignKey("prices.id"), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Text()),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), sa.ForeignKey("invoices.id")),
        sa.Column("place", sa.Integer()),
        sa.UniqueConstraint("schedule_id", "due_on", "position"),
        sa.CheckConstraint("period_end > period_start", name=op.f("ck_change_lines_period")),
        sa.CheckConstraint("net < 0", name=op.f("ck_change_lines_net")),
        sa.CheckConstraint(
            "(invoice_id IS NULL) = (place IS NULL)", name=op.f("ck_change_lines_credited")
        ),
    )
    op.create_index(
        "ix_change_lines_credited",
        "change_lines",
        ["due_on"],
        sqlite_where=IS_CREDIT,
        postgresql_where=IS_CREDIT,
    )


def downgrade():
    op.drop_table("change_lines")
    op.drop_table("schedule_changes")
    _index_open(OPEN_BEFORE)
    with op.batch_alter_table("phases") as phases:
        phases.drop_constraint(op.f("fk_phases_plan_id_plans"), type_="foreignkey")
        phases.drop_column("plan_id")
    op.drop_column("phase_prices", "charged_until")
    op.drop_column("billing_schedules", "withdrawn_at")


def _index_open(where):
    op.drop_index("uq_billing_schedules_open", "billing_schedules")
    op.create_index(
        "uq_billing_schedules_open",
        "billing_schedules",
        ["customer_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
