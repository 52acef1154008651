"""Billing schedules page by page, and one by its id, without their prices' terms."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, lazyload, selectinload

from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.customers.pages import Page, page_of


def _schedules() -> Select[BillingSchedule]:
    places = selectinload(BillingSchedule.phases).selectinload(Phase.phase_prices)
    return select(BillingSchedule).options(places.options(lazyload(PhasePrice.price)))


def page_of_schedules(
    session: Session, *, customer_id: str | None, after: str | None, limit: int
) -> Page[BillingSchedule]:
    """A page of all schedules, or of a customer's. Raises `CursorError`."""
    found = _schedules()
    if customer_id is not None:
        found = found.where(BillingSchedule.customer_id == customer_id)
    return page_of(session, BillingSchedule, found, after=after, limit=limit)


def find_schedule(session: Session, schedule_id: str) -> BillingSchedule | None:
    """The schedule of an id, if there is one."""
    # PostgreSQL cannot even be asked for a NUL.
    if "\0" in schedule_id:
        return None
    return session.scalar(_schedules().where(BillingSchedule.id == schedule_id))
