"""What customers want to be told of a running bill: alerts, and the budget it is shown against."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pricingsite.database import Base
from pricingsite.models.types import DecimalText, UTCDateTime

_BUDGET = text("kind = 'budget'")


class Alert(Base):
    """Tell the customer, once a period, when a running bill reaches something.

    `kind` says what `value` is: an `amount` or the one `budget`, net, in major units of the
    schedule's currency; or a share of the units that the usage price of a metric `included`.
    `reached_in` is the start of the last period in which it was reached. All usage stored before
    `checked_until` has been checked.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("customer_id", "kind", "metric_id", "value"),
        Index(None, "customer_id", unique=True, sqlite_where=_BUDGET, postgresql_where=_BUDGET),
        CheckConstraint("kind IN ('amount', 'budget', 'included')", name="kind"),
        CheckConstraint("(kind = 'included') = (metric_id <> '')", name="metric"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str]
    # No metric is an empty one: in a unique key, NULLs would all differ.
    metric_id: Mapped[str] = mapped_column(default="")
    value: Mapped[Decimal] = mapped_column(DecimalText)
    checked_until: Mapped[datetime] = mapped_column("looked_to", UTCDateTime)
    reached_in: Mapped[date | None]
    reached_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
