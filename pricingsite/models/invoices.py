"""Invoices and credit notes, their lines, what settles them, and reminders of them.

An issued one is a snapshot: triggers of the database refuse to change it, its lines, or a
settlement. Amounts are whole minor units; a credit note's are negative.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Enum,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.types import DecimalText, UTCDateTime
from pricingsite.pricing import LineKind, Money, Period, Proration, TaxLine, TaxTreatment

_IS_INVOICE = text("kind = 'invoice'")
_IS_DRAFT = text("number IS NULL AND voided_at IS NULL")


class InvoiceKind(StrEnum):
    """What a document is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class CreditCause(StrEnum):
    """Why a credit note was made.

    Usage of its invoice's period is less now; the invoice is replaced by another; or it is given
    without either, and then the period is not billed again.
    """

    USAGE = "usage"
    REPLACED = "replaced"
    GOODWILL = "goodwill"


class SettlementKind(StrEnum):
    """What changes the balance of an invoice."""

    PAYMENT = "payment"
    CREDIT = "credit"
    REFUND = "refund"
    WRITE_OFF = "write_off"


def _enum(values: type[StrEnum], name: str) -> Enum:
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=None,
        values_callable=list,
    )


class InvoiceSeller(Base):
    """The merchant as invoices state it: a row for each version of its details."""

    __tablename__ = "invoice_sellers"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class InvoiceCounter(Base):
    """The last number of a series that was given out; its row is the series' lock."""

    __tablename__ = "invoice_counters"

    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class Invoice(Base):
    """An invoice or a credit note; a draft until it has its number.

    `billed_on` is the day on which what it bills fell due, `ready_at` the moment from which it may
    be issued. `revision` counts how often the invoice of that day was replaced. A draft that was
    voided keeps its lines: they count as billed. `tax_lines` are rate, net and tax of each rate.
    Where its currency is not the merchant's, `merchant_tax` is its tax in that, at `exchange_rate`.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        # No two invoices of a schedule's day, whatever races.
        Index(
            "uq_invoices_billed",
            "schedule_id",
            "billed_on",
            "revision",
            unique=True,
            sqlite_where=_IS_INVOICE,
            postgresql_where=_IS_INVOICE,
        ),
        Index("ix_invoices_drafts", "ready_at", sqlite_where=_IS_DRAFT, postgresql_where=_IS_DRAFT),
        CheckConstraint(
            "(number IS NULL) = (issued_at IS NULL) AND (number IS NULL) = (issued_on IS NULL)"
            " AND (number IS NULL) = (due_on IS NULL)",
            name="issued",
        ),
        CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        CheckConstraint("(kind = 'credit_note') = (cause IS NOT NULL)", name="cause"),
        CheckConstraint("kind = 'invoice' OR number IS NOT NULL", name="issued_credit_note"),
        CheckConstraint("(revision > 0) = (replaces_id IS NOT NULL)", name="revision"),
        CheckConstraint("number IS NULL OR voided_at IS NULL", name="voided_draft"),
        CheckConstraint("gross = net + tax", name="gross"),
        CheckConstraint("period_end > period_start", name="period"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[InvoiceKind] = mapped_column(_enum(InvoiceKind, "kind"))
    number: Mapped[str | None] = mapped_column(unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    schedule_id: Mapped[str] = mapped_column(ForeignKey("billing_schedules.id"))
    billed_on: Mapped[date]
    revision: Mapped[int] = mapped_column(default=0)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), unique=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    cause: Mapped[CreditCause | None] = mapped_column(_enum(CreditCause, "credit_cause"))
    reason: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str]
    period_start: Mapped[date]
    period_end: Mapped[date]
    net: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger)
    gross: Mapped[int] = mapped_column(BigInteger)
    tax_lines: Mapped[list[list[str]]] = mapped_column(JSON)
    tax_treatment: Mapped[TaxTreatment] = mapped_column(_enum(TaxTreatment, "tax_treatment"))
    tax_point: Mapped[date]
    merchant_currency: Mapped[str | None]
    merchant_tax: Mapped[int | None] = mapped_column(BigInteger)
    exchange_rate: Mapped[Decimal | None] = mapped_column(DecimalText)
    seller_id: Mapped[int] = mapped_column(ForeignKey("invoice_sellers.id"))
    buyer: Mapped[dict[str, Any]] = mapped_column(JSON)
    purchase_order: Mapped[str | None]
    language: Mapped[str]
    drafted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ready_at: Mapped[datetime] = mapped_column(UTCDateTime)
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    issued_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    issued_on: Mapped[date | None]
    due_on: Mapped[date | None] = mapped_column(index=True)
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    schedule: Mapped[BillingSchedule] = relationship(lazy="raise_on_sql")
    seller: Mapped[InvoiceSeller] = relationship(lazy="joined")
    corrects: Mapped["Invoice | None"] = relationship(
        foreign_keys=[corrects_id], remote_side="Invoice.id", lazy="raise_on_sql"
    )
    lines: Mapped[list["InvoiceLine"]] = relationship(
        order_by="InvoiceLine.position", lazy="raise_on_sql", viewonly=True
    )

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes something back."""
        return self.kind is InvoiceKind.CREDIT_NOTE

    @property
    def period(self) -> Period:
        """The days that all of its lines are for."""
        return Period(self.period_start, self.period_end)

    def money(self, minor: int) -> Money:
        """An amount of it, such as `net`, `tax` or a line's `net`."""
        return Money(minor, self.currency)

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        """The tax of each rate; of none where it names no tax."""
        return tuple(
            TaxLine(Decimal(rate), self.money(int(net)), self.money(int(tax)))
            for rate, net, tax in self.tax_lines
        )


class InvoiceLine(Base):
    """A line as it is billed. It is stored before its invoice: one that is issued takes no more.

    `billed_on` is the day on which what it is about fell due: its invoice's, or that of an earlier
    one which it adjusts. A line without a price is a discount, a minimum, or adjusts these.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        # One line for a price's days, whatever races; adjustments count up by their sequence.
        UniqueConstraint(
            "schedule_id",
            "price_id",
            "period_start",
            "kind",
            "sequence",
            "revision",
            name="uq_invoice_lines_billed",
        ),
        CheckConstraint("(proration_days IS NULL) = (proration_of IS NULL)", name="proration"),
        CheckConstraint("period_end > period_start", name="period"),
        {"sqlite_with_rowid": False},
    )

    invoice_id: Mapped[int] = mapped_column(
        ForeignKey("invoices.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[str]
    billed_on: Mapped[date]
    revision: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(_enum(LineKind, "line_kind"))
    price_id: Mapped[str | None]
    sequence: Mapped[int]
    period_start: Mapped[date]
    period_end: Mapped[date]
    description: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(DecimalText)
    unit: Mapped[str | None]
    unit_price: Mapped[Decimal] = mapped_column(DecimalText)
    flat_fee: Mapped[Decimal | None] = mapped_column(DecimalText)
    proration_days: Mapped[int | None]
    proration_of: Mapped[int | None]
    tax_rate: Mapped[Decimal | None] = mapped_column(DecimalText)
    net: Mapped[int] = mapped_column(BigInteger)

    @property
    def period(self) -> Period:
        """The days that it is for."""
        return Period(self.period_start, self.period_end)

    @property
    def proration(self) -> Proration | None:
        """The part of a full period that scales its fee."""
        if self.proration_days is None or self.proration_of is None:
            return None
        return Proration(self.proration_days, self.proration_of)


class Settlement(Base):
    """What changes a balance: a payment, a refund, a credit from `source_id`, or a write-off.

    The source of a credit is a credit note, or an invoice that was overpaid.
    """

    __tablename__ = "settlements"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(kind = 'credit') = (source_id IS NOT NULL)", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[SettlementKind] = mapped_column(_enum(SettlementKind, "settlement_kind"))
    amount: Mapped[int] = mapped_column(BigInteger)
    settled_on: Mapped[date]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    reference: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class InvoiceReminder(Base):
    """An e-mail of a kind that a customer was sent because an invoice is open: once for each."""

    __tablename__ = "invoice_reminders"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ChangedUsage(Base):
    """A customer whose usage of past days has changed: since which day, and when it last did.

    `examined_at` is when a billing run looked at it; the row goes when all of it is billed.
    """

    __tablename__ = "changed_usage"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    since: Mapped[date]
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    examined_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
