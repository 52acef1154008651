"""Orders: the checkouts that succeeded."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pricingsite.database import Base
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.types import UTCDateTime


class Order(Base):
    """One checkout that succeeded. `order_key` makes every retry of it find this row.

    `ended_at` is when it ended because its address was never verified. Later who placed it is
    erased: then `email` is empty, and its customer's details are.
    """

    __tablename__ = "orders"

    reference: Mapped[str] = mapped_column(primary_key=True)
    order_key: Mapped[str] = mapped_column(unique=True)
    content_hash: Mapped[str]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    schedule_id: Mapped[str] = mapped_column(ForeignKey("billing_schedules.id"), unique=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    email: Mapped[str]
    terms_version: Mapped[str]
    ordered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    customer: Mapped[Customer] = relationship(lazy="joined")
    schedule: Mapped[BillingSchedule] = relationship(lazy="joined")
