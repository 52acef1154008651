"""schedules in another currency, which follow those that a change ends

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FOLLOWING = "fk_schedule_changes_following_id_billing_schedules"


def upgrade():
    with op.batch_alter_table("schedule_changes") as table:
        table.add_column(sa.Column("following_id", sa.String()))
        table.create_foreign_key(op.f(FOLLOWING), "billing_schedules", ["following_id"], ["id"])


def downgrade():
    with op.batch_alter_table("schedule_changes") as table:
        table.drop_constraint(op.f(FOLLOWING), type_="foreignkey")
        table.drop_column("following_id")
