"""The agreement: billing schedules, their phases, and the prices in them.

Days are the schedule's own zone's; an end date is the first day no longer covered, none is open.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.catalog import Plan, Price
from pricingsite.models.customers import Customer
from pricingsite.models.types import DecimalText, Micros, UTCDateTime, new_id
from pricingsite.pricing import Period, PriceTerms, Trial, local_date

_OPEN = text("end_date IS NULL AND withdrawn_at IS NULL")
_IN_TRIAL = text("trial")


class BillingSchedule(Base):
    """What a customer is billed for, and when: every period counts from `anchor_date`.

    A trial that nobody has confirmed yet is where it ends; what would follow is a phase after that.
    Nothing falls due before `next_invoice_on` that is not billed already; without it, nothing ever.
    One that was cancelled before its start is `withdrawn_at` then: it counts no more.
    """

    __tablename__ = "billing_schedules"
    __table_args__ = (
        CheckConstraint("end_date > start_date", name="ends_after_start"),
        # A customer's usage is on one agreement: another one is another customer's.
        Index(
            "uq_billing_schedules_open",
            "customer_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        # Billing runs ask for what is due, and not for what there is.
        Index("ix_billing_schedules_due", "next_invoice_on", "id"),
        # Lists page by page are in the order of making.
        Index("ix_billing_schedules_created_at", "created_at", "id"),
        # What a midnight ends, and which phases it begins, is looked for each day.
        Index(None, "end_date"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id("sch"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    currency: Mapped[str]
    timezone: Mapped[str]
    start_date: Mapped[date]
    end_date: Mapped[date | None]
    anchor_date: Mapped[date]
    purchase_order: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    trial_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    trial_reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_invoice_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    phases: Mapped[list["Phase"]] = relationship(order_by="Phase.start_date", lazy="selectin")
    # Whether it is of an order whose address nobody has confirmed: no column, `reading` knows it.
    is_unverified = False

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days the schedule's are."""
        return ZoneInfo(self.timezone)

    def today(self, now: datetime) -> date:
        """The schedule's date at an instant."""
        return local_date(now, self.zone)

    @property
    def last_day(self) -> date | None:
        """The last day that it covers; None where it is open."""
        return self.end_date - timedelta(days=1) if self.end_date else None

    @property
    def trial(self) -> Period | None:
        """The days of its trial, if it begins with one; its plan may change within them."""
        end = None
        for phase in self.phases:
            if not phase.trial:
                break
            end = phase.end_date
        return Period(self.phases[0].start_date, end) if end else None

    @property
    def ordered_trial(self) -> Trial | None:
        """The trial that it begins with, as it was ordered."""
        if self.trial is None:
            return None
        ends = self.trial_ends or self.trial_confirmed_at is not None
        return Trial(self.trial.days, continues=not ends)

    @property
    def trial_ends(self) -> bool:
        """Whether nothing follows its trial, as long as nobody confirms it."""
        return self.trial is not None and self.end_date == self.trial.end


class Phase(Base):
    """A stretch of a schedule with its prices; phases follow one another and never overlap.

    `plan_id` is the plan that was chosen, none where prices were agreed. In a `trial` they are not
    billed. `minimum` is the least that a period of the main price costs.
    A discount is a fraction or an amount off, for so many periods from the phase's start, or all.
    """

    __tablename__ = "phases"
    __table_args__ = (
        CheckConstraint("end_date > start_date", name="ends_after_start"),
        UniqueConstraint("schedule_id", "start_date"),
        CheckConstraint(
            "(discount_rate IS NULL) = (discount_code IS NULL OR discount_amount IS NOT NULL)",
            name="discount",
        ),
        # Trials that are about to end are looked for all the time.
        Index("ix_phases_trial", "end_date", sqlite_where=_IN_TRIAL, postgresql_where=_IN_TRIAL),
        Index(None, "start_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[str] = mapped_column(ForeignKey("billing_schedules.id"))
    start_date: Mapped[date]
    end_date: Mapped[date | None]
    trial: Mapped[bool] = mapped_column(default=False)
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("plans.id"))
    minimum: Mapped[Decimal | None] = mapped_column(DecimalText)
    discount_code: Mapped[str | None]
    discount_rate: Mapped[Decimal | None] = mapped_column(DecimalText)
    discount_amount: Mapped[Decimal | None] = mapped_column(DecimalText)
    discount_periods: Mapped[int | None]
    plan: Mapped[Plan | None] = relationship(viewonly=True)
    phase_prices: Mapped[list["PhasePrice"]] = relationship(
        order_by="PhasePrice.position", lazy="selectin"
    )

    @property
    def prices(self) -> list[Price]:
        """The phase's prices in their order."""
        return [phase_price.price for phase_price in self.phase_prices]


class PhasePrice(Base):
    """A price's place in a phase.

    `quantity` is how many are bought, of a price that is bought by quantity. With an `anchor_date`
    its periods count from there, and not from the schedule's. `charged_until` is set where a change
    ended it within a period: up to that day it was billed in advance before, and stays so; one in
    arrears falls due on it. Of a price that is charged once, `charged_quantity` is how many an
    earlier schedule of the customer's has charged, in another currency.
    """

    __tablename__ = "phase_prices"
    __table_args__ = (
        UniqueConstraint("phase_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    phase_id: Mapped[int] = mapped_column(ForeignKey("phases.id"), primary_key=True)
    price_id: Mapped[str] = mapped_column(ForeignKey("prices.id"), primary_key=True)
    position: Mapped[int]
    quantity: Mapped[Decimal | None] = mapped_column(Micros)
    anchor_date: Mapped[date | None]
    charged_until: Mapped[date | None]
    charged_quantity: Mapped[Decimal | None] = mapped_column(Micros)
    price: Mapped[Price] = relationship(lazy="joined")

    @property
    def terms(self) -> PriceTerms:
        """The price as pricing sees it, at the quantity that is bought."""
        terms = self.price.terms
        return terms if self.quantity is None else replace(terms, quantity=self.quantity)


class RenewalReminder(Base):
    """An e-mail that told a customer of the day on which its yearly prices begin again."""

    __tablename__ = "renewal_reminders"

    schedule_id: Mapped[str] = mapped_column(ForeignKey("billing_schedules.id"), primary_key=True)
    renews_on: Mapped[date] = mapped_column(primary_key=True)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
