"""Which plans shoppers may choose."""

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Feature, Plan


def plans_on_sale(session: Session) -> list[Plan]:
    """The plans that shoppers may choose, in their order, with their prices."""
    statement = select(Plan).where(Plan.archived_at.is_(None)).order_by(Plan.position)
    return list(session.scalars(statement))


def plans_and_features(session: Session) -> tuple[list[Plan], list[Feature]]:
    """The same plans, and the features that they are compared by, in one statement."""
    statement = (
        select(Plan, Feature)
        .outerjoin(Feature, true())
        .where(Plan.archived_at.is_(None))
        .order_by(Plan.position, Feature.position)
    )
    rows = session.execute(statement).all()
    features = dict.fromkeys(feature for _, feature in rows if feature)
    return list(dict.fromkeys(plan for plan, _ in rows)), list(features)


def find_plan(session: Session, plan_id: str) -> Plan | None:
    """A plan by its id, archived ones too."""
    return session.get(Plan, plan_id)
