"""invoices, credit notes, what settles them; schedules know when they are billed next

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IS_DRAFT = sa.text("number IS NULL AND voided_at IS NULL")
IS_INVOICE = sa.text("kind = 'invoice'")
NEVER = "an issued invoice never changes"

# The rows that stay as they are: what is issued, or voided before it was.
FINAL = "OLD.number IS NOT NULL OR OLD.voided_at IS NOT NULL"
SQLITE = [
    f"CREATE TRIGGER {table}_stay_{event.lower()} BEFORE {event} ON {table} WHEN {when} "
    f"BEGIN SELECT RAISE(ABORT, '{NEVER}'); END"
    for table, event, when in [
        ("invoices", "UPDATE", FINAL),
        ("invoices", "DELETE", FINAL),
        *(
            (
                "invoice_lines",
                event,
                (
                    f"EXISTS (SELECT 1 FROM invoices AS i WHERE i.id = {row}.invoice_id "  # noqa: S608
                    "AND (i.number IS NOT NULL OR i.voided_at IS NOT NULL))"
                ),
            )
            for event, row in (("INSERT", "NEW"), ("DELETE", "OLD"))
        ),
        ("invoice_lines", "UPDATE", "1"),
        *(
            (table, event, "1")
            for table in ("invoice_sellers", "settlements")
            for event in ("UPDATE", "DELETE")
        ),
    ]
]
POSTGRESQL = [
    (
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE restrict_violation USING MESSAGE = '{NEVER}'; END $$"
    ),
    (
        "CREATE FUNCTION refuse_lines_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT FROM changed JOIN invoices AS i ON i.id = changed.invoice_id "
        "WHERE i.number IS NOT NULL OR i.voided_at IS NOT NULL) "
        f"THEN RAISE restrict_violation USING MESSAGE = '{NEVER}'; END IF; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER invoices_stay BEFORE UPDATE OR DELETE ON invoices FOR EACH ROW "
        f"WHEN ({FINAL}) EXECUTE FUNCTION refuse_change()"
    ),
    *(
        f"CREATE TRIGGER invoice_lines_stay_{event.lower()} AFTER {event} ON invoice_lines "
        f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT "
        "EXECUTE FUNCTION refuse_lines_of_issued()"
        for event, rows in (("INSERT", "NEW"), ("DELETE", "OLD"))
    ),
    (
        "CREATE TRIGGER invoice_lines_stay_update BEFORE UPDATE ON invoice_lines FOR EACH ROW "
        "EXECUTE FUNCTION refuse_change()"
    ),
    *(
        f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
        "EXECUTE FUNCTION refuse_change()"
        for table in ("invoice_sellers", "settlements")
    ),
]


def an_enum(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=None)


def upgrade():
    op.create_table(
        "invoice_counters",
        sa.Column("series", sa.String(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "invoice_sellers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    op.create_table(
        "changed_usage",
        sa.Column("customer_id", sa.String(), sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("examined_at", sa.DateTime(timezone=True), index=True),
    )
    create_invoices()
    create_lines()
    op.create_table(
        "settlements",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "invoice_id", sa.BigInteger(), sa.ForeignKey("invoices.id"), nullable=False, index=True
        ),
        sa.Column(
            "kind",
            an_enum("settlement_kind", "payment", "credit", "refund", "write_off"),
            nullable=False,
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), sa.ForeignKey("invoices.id"), index=True),
        sa.Column("reference", sa.String()),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("(kind = 'credit') = (source_id IS NOT NULL)", name="source"),
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in SQLITE if on_sqlite else POSTGRESQL:
        op.execute(trigger)
    op.add_column("outbox_messages", sa.Column("template", sa.String()))
    op.add_column("outbox_messages", sa.Column("invoice_id", sa.BigInteger()))
    with op.batch_alter_table("outbox_messages") as messages:
        messages.create_foreign_key(
            op.f("fk_outbox_messages_invoice_id_invoices"), "invoices", ["invoice_id"], ["id"]
        )
    op.add_column("billing_schedules", sa.Column("next_invoice_on", sa.Date()))
    op.create_index("ix_billing_schedules_due", "billing_schedules", ["next_invoice_on", "id"])
    # Nothing has been billed before.
    op.execute("UPDATE billing_schedules SET next_invoice_on = start_date")


def create_invoices():
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", an_enum("kind", "invoice", "credit_note"), nullable=False),
        sa.Column("number", sa.String(), unique=True),
        sa.Column(
            "customer_id", sa.String(), sa.ForeignKey("customers.id"), nullable=False, index=True
        ),
        sa.Column(
            "schedule_id", sa.String(), sa.ForeignKey("billing_schedules.id"), nullable=False
        ),
        sa.Column("billed_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.BigInteger(), sa.ForeignKey("invoices.id"), unique=True),
        sa.Column("corrects_id", sa.BigInteger(), sa.ForeignKey("invoices.id"), index=True),
        sa.Column("cause", an_enum("credit_cause", "usage", "replaced", "goodwill")),
        sa.Column("reason", sa.Text()),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("tax_lines", sa.JSON(), nullable=False),
        sa.Column(
            "tax_treatment",
            an_enum("tax_treatment", "standard", "reverse_charge", "outside_scope"),
            nullable=False,
        ),
        sa.Column("tax_point", sa.Date(), nullable=False),
        sa.Column("merchant_currency", sa.String()),
        sa.Column("merchant_tax", sa.BigInteger()),
        sa.Column("exchange_rate", sa.Text()),
        sa.Column("seller_id", sa.Integer(), sa.ForeignKey("invoice_sellers.id"), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("purchase_order", sa.String()),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True)),
        sa.Column("voided_at", sa.DateTime(timezone=True)),
        sa.Column("issued_at", sa.DateTime(timezone=True)),
        sa.Column("issued_on", sa.Date()),
        sa.Column("due_on", sa.Date(), index=True),
        sa.CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL) AND (number IS NULL) = (issued_on IS NULL)"
            " AND (number IS NULL) = (due_on IS NULL)",
            name="issued",
        ),
        sa.CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        sa.CheckConstraint("(kind = 'credit_note') = (cause IS NOT NULL)", name="cause"),
        sa.CheckConstraint("kind = 'invoice' OR number IS NOT NULL", name="issued_credit_note"),
        sa.CheckConstraint("(revision > 0) = (replaces_id IS NOT NULL)", name="revision"),
        sa.CheckConstraint("number IS NULL OR voided_at IS NULL", name="voided_draft"),
        sa.CheckConstraint("gross = net + tax", name="gross"),
        sa.CheckConstraint("period_end > period_start", name="period"),
    )
    op.create_index(
        "uq_invoices_billed",
        "invoices",
        ["schedule_id", "billed_on", "revision"],
        unique=True,
        sqlite_where=IS_INVOICE,
        postgresql_where=IS_INVOICE,
    )
    op.create_index(
        "ix_invoices_drafts",
        "invoices",
        ["ready_at"],
        sqlite_where=IS_DRAFT,
        postgresql_where=IS_DRAFT,
    )


def create_lines():
    op.create_table(
        "invoice_lines",
        sa.Column(
            "invoice_id",
            sa.BigInteger(),
            sa.ForeignKey("invoices.id", deferrable=True, initially="DEFERRED"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("schedule_id", sa.String(), nullable=False),
        sa.Column("billed_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            an_enum("line_kind", "fixed", "usage", "adjustment", "discount", "minimum"),
            nullable=False,
        ),
        sa.Column("price_id", sa.String()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("unit", sa.String()),
        sa.Column("unit_price", sa.Text(), nullable=False),
        sa.Column("flat_fee", sa.Text()),
        sa.Column("proration_days", sa.Integer()),
        sa.Column("proration_of", sa.Integer()),
        sa.Column("tax_rate", sa.Text()),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "schedule_id",
            "price_id",
            "period_start",
            "kind",
            "sequence",
            "revision",
            name="uq_invoice_lines_billed",
        ),
        sa.CheckConstraint("(proration_days IS NULL) = (proration_of IS NULL)", name="proration"),
        sa.CheckConstraint("period_end > period_start", name="period"),
        sqlite_with_rowid=False,
    )


def downgrade():
    op.drop_index("ix_billing_schedules_due", "billing_schedules")
    with op.batch_alter_table("billing_schedules") as schedules:
        schedules.drop_column("next_invoice_on")
    with op.batch_alter_table("outbox_messages") as messages:
        messages.drop_constraint(op.f("fk_outbox_messages_invoice_id_invoices"), type_="foreignkey")
        messages.drop_column("template")
        messages.drop_column("invoice_id")
    for table in (
        "settlements",
        "invoice_lines",
        "invoices",
        "changed_usage",
        "invoice_sellers",
        "invoice_counters",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")
        op.execute("DROP FUNCTION refuse_lines_of_issued()")
