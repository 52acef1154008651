"""Which plans shoppers may choose."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan


def plans_on_sale(session: Session) -> list[Plan]:
    """The plans that shoppers may choose, in their order, with their prices."""
    statement = select(Plan).where(Plan.archived_at.is_(None)).order_by(Plan.position)
    return list(session.scalars(statement))


def find_plan(session: Session, plan_id: str) -> Plan | None:
    """A plan by its id, archived ones too."""
    return session.get(Plan, plan_id)
