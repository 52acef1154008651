"""alerts

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("metric_id", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("looked_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_in", sa.Date(), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'included') = (metric_id <> '')", name=op.f("ck_alerts_metric")
        ),
        sa.CheckConstraint("kind IN ('amount', 'budget', 'included')", name=op.f("ck_alerts_kind")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_alerts_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "customer_id",
            "kind",
            "metric_id",
            "value",
            name=op.f("uq_alerts_customer_id_kind_metric_id_value"),
        ),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_alerts_customer_id"),
            ["customer_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'budget'"),
            postgresql_where=sa.text("kind = 'budget'"),
        )

    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unsubscribe_url", sa.String(), nullable=True))


def downgrade():
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_column("unsubscribe_url")

    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix_alerts_customer_id"),
            sqlite_where=sa.text("kind = 'budget'"),
            postgresql_where=sa.text("kind = 'budget'"),
        )

    op.drop_table("alerts")
