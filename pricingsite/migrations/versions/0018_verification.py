"""what is verified of customers for their tax

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CHECKS = {
    "valid_tax_id": "tax_id IS NOT NULL OR NOT tax_id_valid",
    "tax_evidence": "tax_evidence IN ('tax_id', 'business')",
    "tax_verified": (
        "(tax_evidence IS NULL) = (tax_verified_at IS NULL)"
        " AND (tax_evidence IS NULL) = (tax_verified_by IS NULL)"
    ),
    "verified_tax_id": "tax_evidence IS NULL OR tax_evidence <> 'tax_id' OR tax_id IS NOT NULL",
    "consultation": "tax_id_consultation IS NULL OR coalesce(tax_evidence, '') = 'tax_id'",
    "business_evidence": "(business_evidence IS NULL) = (coalesce(tax_evidence, '') <> 'business')",
}
NEW = {
    "tax_evidence": sa.String(),
    "tax_verified_at": sa.DateTime(timezone=True),
    "tax_verified_by": sa.String(),
    "tax_id_consultation": sa.String(),
    "business_evidence": sa.Text(),
}


def upgrade():
    with op.batch_alter_table("customers") as customers:
        customers.drop_constraint(op.f("ck_customers_tax_id_to_verify"), type_="check")
        customers.alter_column("tax_id_verified", new_column_name="tax_id_valid")
        for name, kind in NEW.items():
            customers.add_column(sa.Column(name, kind))
    with op.batch_alter_table("customers") as customers:
        for name, rule in CHECKS.items():
            customers.create_check_constraint(name, rule)


def downgrade():
    with op.batch_alter_table("customers") as customers:
        for name in CHECKS:
            customers.drop_constraint(op.f(f"ck_customers_{name}"), type_="check")
        for name in NEW:
            customers.drop_column(name)
        customers.alter_column("tax_id_valid", new_column_name="tax_id_verified")
    with op.batch_alter_table("customers") as customers:
        customers.create_check_constraint(
            "tax_id_to_verify", "tax_id IS NOT NULL OR NOT tax_id_verified"
        )
