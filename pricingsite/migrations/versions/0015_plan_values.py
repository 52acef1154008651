"""plan values: features and limits of plans, plans to talk about, and what the tax is called

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SHOWN = "tax_shown IN ('excluded_and_included', 'included', 'excluded')"


def upgrade():
    op.create_table(
        "features",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_features")),
    )
    for name in ("feature_values", "limits"):
        op.add_column("plans", sa.Column(name, sa.JSON(), server_default="{}", nullable=False))
    for name in ("contact", "recommended"):
        op.add_column("plans", sa.Column(name, sa.String(), nullable=True))
    op.add_column(
        "merchant", sa.Column("tax_name", sa.String(), server_default="VAT", nullable=False)
    )
    # In one statement: SQLite could add the constraint only to a copy of the table.
    op.execute(
        "ALTER TABLE merchant ADD COLUMN tax_shown VARCHAR DEFAULT 'excluded_and_included' "
        f"NOT NULL CONSTRAINT ck_merchant_tax_shown CHECK ({SHOWN})"
    )


def downgrade():
    plans = sa.text("SELECT id FROM plans WHERE contact IS NOT NULL ORDER BY position")
    if found := op.get_bind().scalars(plans).all():
        raise SystemExit("An earlier version cannot sell plans without prices: " + ", ".join(found))
    rates = op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM vat_rates"))
    if op.get_bind().scalar(sa.text("SELECT COUNT(*) FROM merchant")) and not rates:
        raise SystemExit("An earlier version cannot bill without a rate of VAT.")
    with op.batch_alter_table("merchant", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_merchant_tax_shown"), type_="check")
        batch_op.drop_column("tax_shown")
        batch_op.drop_column("tax_name")
    for name in ("recommended", "contact", "limits", "feature_values"):
        op.drop_column("plans", name)
    op.drop_table("features")
