"""The lines that changes of schedules add to bills, for days that were paid in advance."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.changes import ChangeLine
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import LineKind, Money
from pricingsite.services.customers.aliases import is_any_of
from pricingsite.services.invoices.new_invoices import NewLine

# By schedule, and the day of the bill.
ChangeLines = Mapping[tuple[str, date], Sequence[NewLine]]


def read_change_lines(session: Session, schedule_ids: Iterable[str]) -> ChangeLines:
    """The lines that changes add to the bills of schedules, in one statement."""
    rows = session.execute(
        select(ChangeLine, BillingSchedule.currency)
        .join(BillingSchedule, BillingSchedule.id == ChangeLine.schedule_id)
        .where(
            is_any_of(session, ChangeLine.schedule_id, schedule_ids),
            ChangeLine.invoice_id.is_(None),
        )
        .order_by(ChangeLine.due_on, ChangeLine.position)
    )
    found: dict[tuple[str, date], list[NewLine]] = defaultdict(list)
    for line, currency in rows:
        found[line.schedule_id, line.due_on].append(as_billed(line, currency))
    return found


def as_billed(line: ChangeLine, currency: str) -> NewLine:
    """A change's line as it stands on a bill in a currency."""
    return NewLine(
        billed_on=line.due_on,
        kind=LineKind.ADJUSTMENT,
        price_id=line.price_id,
        sequence=line.position,
        period=line.period,
        description=line.description,
        # No price is negative.
        quantity=Decimal(-1),
        unit=None,
        unit_price=abs(Money(line.net, currency)).amount,
        tax_rate=line.tax_rate,
        net=line.net,
    )
