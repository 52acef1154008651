"""metric names: what a metric is called, for how many units prices are shown, what it counts

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("usage_metrics", sa.Column("name", sa.String(), nullable=True))
    op.add_column("usage_metrics", sa.Column("display_per", sa.Text(), nullable=True))
    op.add_column(
        "usage_metrics", sa.Column("where", sa.JSON(), server_default="{}", nullable=False)
    )


def downgrade():
    metrics = sa.table("usage_metrics", sa.column("id"), sa.column("where", sa.JSON()))
    rows = op.get_bind().execute(sa.select(metrics).order_by(metrics.c.id))
    if found := [metric_id for metric_id, where in rows if where]:
        raise SystemExit(
            "An earlier version cannot count only some events of a type: " + ", ".join(found)
        )
    for column in ("where", "display_per", "name"):
        op.drop_column("usage_metrics", column)
