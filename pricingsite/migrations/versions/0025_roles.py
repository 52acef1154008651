"""roles of users, who invited them, copies of e-mails about invoices, and closed accounts

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# All who were members, or invited, before there were roles may do everything.
ROLE = {"nullable": False, "server_default": "billing_admin"}


def upgrade():
    for name in ("memberships", "invitations"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("role", sa.String(), **ROLE))
            if name == "invitations":
                table.add_column(sa.Column("invited_by", sa.Integer()))
                table.create_foreign_key(
                    op.f("fk_invitations_invited_by_users"), "users", ["invited_by"], ["id"]
                )
        with op.batch_alter_table(name) as table:
            table.alter_column("role", existing_type=sa.String(), server_default=None)
            table.create_check_constraint("role", "role IN ('billing_admin', 'viewer')")
    op.create_index("ix_memberships_customer_id", "memberships", ["customer_id"])
    op.add_column("customers", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "billing_copies",
        sa.Column("customer_id", sa.String(), sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.UniqueConstraint("customer_id", "email"),
        sa.CheckConstraint("position BETWEEN 1 AND 5", name=op.f("ck_billing_copies_position")),
    )


def downgrade():
    op.drop_table("billing_copies")
    op.drop_column("customers", "closed_at")
    op.drop_index("ix_memberships_customer_id", "memberships")
    # An earlier version knows no roles: those who may only read would be let in to change.
    op.execute("DELETE FROM memberships WHERE role = 'viewer'")
    op.execute("DELETE FROM invitations WHERE role = 'viewer'")
    for name in ("memberships", "invitations"):
        with op.batch_alter_table(name) as table:
            table.drop_constraint(op.f(f"ck_{name}_role"), type_="check")
            table.drop_column("role")
            if name == "invitations":
                table.drop_constraint(op.f("fk_invitations_invited_by_users"), type_="foreignkey")
                table.drop_column("invited_by")
