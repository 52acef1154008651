"""webhooks: endpoints, events and their deliveries

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IS_THERE = sa.text("removed_at IS NULL")
WAITS = sa.text("delivered_at IS NULL AND parked_at IS NULL")


def upgrade():
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("old_secret", sa.String()),
        sa.Column("old_secret_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.Column("removed_at", MOMENT),
    )
    op.create_index(
        "uq_webhook_endpoints_url",
        "webhook_endpoints",
        ["url"],
        unique=True,
        sqlite_where=IS_THERE,
        postgresql_where=IS_THERE,
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column(
            "customer_id", sa.String(), sa.ForeignKey("customers.id"), nullable=False, index=True
        ),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("body", sa.Text()),
    )
    _create_deliveries()
    op.create_table(
        "midnight_sweeps",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("swept_until", sa.Date(), nullable=False),
    )
    op.create_index("ix_phases_start_date", "phases", ["start_date"])
    op.create_index("ix_billing_schedules_end_date", "billing_schedules", ["end_date"])


def downgrade():
    op.drop_index("ix_billing_schedules_end_date", "billing_schedules")
    op.drop_index("ix_phases_start_date", "phases")
    op.drop_table("midnight_sweeps")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_events")
    op.drop_table("webhook_endpoints")


def _create_deliveries():
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event_id", sa.String(), sa.ForeignKey("webhook_events.id"), nullable=False),
        sa.Column(
            "endpoint_id", sa.String(), sa.ForeignKey("webhook_endpoints.id"), nullable=False
        ),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("delivered_at", MOMENT),
        sa.Column("parked_at", MOMENT),
        sa.UniqueConstraint("event_id", "endpoint_id"),
    )
    for name, columns in (
        ("ix_webhook_deliveries_due", ["due_at", "id"]),
        ("ix_webhook_deliveries_order", ["endpoint_id", "customer_id", "id"]),
    ):
        op.create_index(
            name,
            "webhook_deliveries",
            columns,
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        )
