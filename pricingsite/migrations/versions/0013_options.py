"""options: ways to pay a plan, prices bought by quantity, add-ons, one open schedule a customer

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = sa.text("end_date IS NULL")


def upgrade():
    with op.batch_alter_table("prices") as prices:
        prices.add_column(sa.Column("per", sa.String()))
        prices.add_column(sa.Column("per_plural", sa.String()))
        prices.add_column(sa.Column("minimum_quantity", sa.BigInteger()))
        prices.add_column(sa.Column("maximum_quantity", sa.BigInteger()))
        prices.create_check_constraint("used_or_bought", "metric_id IS NULL OR per IS NULL")
    op.add_column("plans", sa.Column("options", sa.JSON()))
    op.execute('UPDATE plans SET options = \'[{"id": "default", "note": null}]\'')
    with op.batch_alter_table("plans") as plans:
        plans.alter_column("options", existing_type=sa.JSON(), nullable=False)
    _remake_plan_prices(
        ["plan_id", "option_id"],
        {"option_id": "default", "add_on": False, "maximum_quantity": None},
    )
    op.add_column("phase_prices", sa.Column("anchor_date", sa.Date()))
    with op.batch_alter_table("phase_prices") as phase_prices:
        phase_prices.add_column(sa.Column("quantity", sa.BigInteger()))
        phase_prices.create_check_constraint("quantity", "quantity > 0")
    op.create_index(
        "uq_billing_schedules_open",
        "billing_schedules",
        ["customer_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade():
    op.drop_index("uq_billing_schedules_open", "billing_schedules")
    with op.batch_alter_table("phase_prices") as phase_prices:
        phase_prices.drop_constraint(op.f("ck_phase_prices_quantity"), type_="check")
        phase_prices.drop_column("quantity")
        phase_prices.drop_column("anchor_date")
    # Of several options of a plan the first is what an earlier version can show.
    op.execute(
        "DELETE FROM plan_prices WHERE add_on OR option_id <> (SELECT first.option_id "
        "FROM plan_prices AS first WHERE first.plan_id = plan_prices.plan_id "
        "ORDER BY first.position LIMIT 1)"
    )
    _remake_plan_prices(["plan_id"], {})
    with op.batch_alter_table("plans") as plans:
        plans.drop_column("options")
    with op.batch_alter_table("prices") as prices:
        prices.drop_constraint(op.f("ck_prices_used_or_bought"), type_="check")
        for name in ("per", "per_plural", "minimum_quantity", "maximum_quantity"):
            prices.drop_column(name)


def _remake_plan_prices(place, added):
    """Make the table anew: its key changes."""
    kept = sa.text("SELECT plan_id, price_id, position FROM plan_prices")
    rows = [dict(row) | added for row in op.get_bind().execute(kept).mappings()]
    op.drop_table("plan_prices")
    columns = [
        sa.Column("plan_id", sa.String(), sa.ForeignKey("plans.id"), primary_key=True),
        sa.Column("price_id", sa.String(), sa.ForeignKey("prices.id"), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
    ]
    if added:
        columns[1:1] = [sa.Column("option_id", sa.String(), primary_key=True)]
        columns += [
            sa.Column("add_on", sa.Boolean(), nullable=False),
            sa.Column("maximum_quantity", sa.BigInteger()),
        ]
    table = op.create_table("plan_prices", *columns, sa.UniqueConstraint(*place, "position"))
    op.bulk_insert(table, rows)
