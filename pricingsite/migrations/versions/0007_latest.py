"""latest: metrics that go by their last event

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = "aggregation IN ('count', 'sum', 'max', 'unique')"
AFTER = "aggregation IN ('count', 'sum', 'max', 'unique', 'latest')"
BY_CODE_POINT = {"postgresql": 'TEXT COLLATE "C"', "sqlite": "TEXT"}


def upgrade():
    take_one_step_at_a_time()
    text = BY_CODE_POINT[op.get_context().dialect.name]
    op.execute("ALTER TABLE usage_days ADD COLUMN latest BIGINT")
    op.execute(f"ALTER TABLE usage_days ADD COLUMN latest_source {text}")
    # With its constraint, which SQLite could add later only to a copy of this large table.
    op.execute(
        f"ALTER TABLE usage_days ADD COLUMN latest_event_id {text} CONSTRAINT ck_usage_days_latest "
        "CHECK ((latest IS NULL) = (latest_source IS NULL) AND "
        "(latest IS NULL) = (latest_event_id IS NULL))"
    )
    check_aggregations(AFTER)


def downgrade():
    metrics = sa.text("SELECT id FROM usage_metrics WHERE aggregation = 'latest' ORDER BY id")
    if found := op.get_bind().scalars(metrics).all():
        raise SystemExit(
            "An earlier version cannot count metrics by their latest event: " + ", ".join(found)
        )
    take_one_step_at_a_time()
    check_aggregations(BEFORE)
    columns = ("latest_event_id", "latest_source", "latest")
    if op.get_context().dialect.name == "sqlite":
        # In a copy: a later version has made the constraint the table's.
        with op.batch_alter_table("usage_days", schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f("ck_usage_days_latest"), type_="check")
            for column in columns:
                batch_op.drop_column(column)
        return
    for column in columns:
        op.execute(f"ALTER TABLE usage_days DROP COLUMN {column}")


def take_one_step_at_a_time():
    if op.get_context().dialect.name == "postgresql":
        # Citus runs several changes of sharded tables in one transaction only in this mode.
        op.execute("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")


def check_aggregations(condition):
    with op.batch_alter_table("usage_metrics", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_usage_metrics_aggregation"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_usage_metrics_aggregation"), condition)
