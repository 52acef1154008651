"""Which alerts a customer's bill has reached.

Each is sent once a period: the row says in which period it was last reached, and is locked while
that is decided.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from pricingsite.models.alerts import Alert
from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Period
from pricingsite.pricing.position import UsagePosition
from pricingsite.services.estimates.account_page import AccountPage, account_page
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.messages.webhooks import EventType, record_events

# Usage is stamped when its transaction begins and seen when it ends: it is checked again this long.
OVERLAP = timedelta(minutes=1)


def customers_with_new_usage(session: Session) -> Sequence[str]:
    """The ids of customers with usage that was stored since their alerts were last checked."""
    new_usage = exists().where(
        UsageDay.customer_id == Alert.customer_id, UsageDay.updated_at >= Alert.checked_until
    )
    return session.scalars(
        select(Alert.customer_id).where(new_usage).distinct().order_by(Alert.customer_id)
    ).all()


def reached_alerts(
    session: Session, customer_id: str, *, now: datetime
) -> tuple[AccountPage | None, list[Alert]]:
    """A customer's account page, and the alerts its bill has reached that are still to be sent."""
    page = account_page(session, session.get_one(Customer, customer_id), now=now)
    alerts = session.scalars(select(Alert).where(Alert.customer_id == customer_id)).all()
    reached = [alert for alert in alerts if _period_to_send_in(alert, page)]
    return page, sorted(reached, key=lambda alert: alert.id)


def claim_reached_alerts(
    session: Session,
    customer_id: str,
    alert_ids: Collection[int],
    page: AccountPage | None,
    *,
    now: datetime,
) -> list[Alert]:
    """Of the alerts that an account page at `now` has reached, those the caller is to send.

    It is all of them, as one e-mail tells of them together, and they count as sent from here on;
    or none, where another deliverer or the customer was quicker: they are looked at again.
    """
    if not _is_first(session, customer_id):
        return []
    alerts = session.scalars(
        select(Alert)
        .where(Alert.customer_id == customer_id)
        .order_by(Alert.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    periods = {alert.id: _period_to_send_in(alert, page) for alert in alerts}
    claimed = [alert for alert in alerts if periods[alert.id] and alert.id in alert_ids]
    if len(claimed) < len(alert_ids):
        return []
    for alert in alerts:
        alert.checked_until = now - OVERLAP
    for alert in claimed:
        alert.reached_in, alert.reached_at = periods[alert.id], now
    if claimed:
        told = [(customer_id, str(alert.id)) for alert in claimed]
        record_events(session, EventType.ALERT_REACHED, told, now=now)
    return claimed


def _is_first(session: Session, customer_id: str) -> bool:
    """Whether nobody else is claiming a customer's alerts: each locks the first of them before."""
    lowest = select(func.min(Alert.id)).where(Alert.customer_id == customer_id).scalar_subquery()
    row = select(Alert.id).where(Alert.id == lowest).with_for_update(skip_locked=True)
    return session.scalar(row) is not None


def _period_to_send_in(alert: Alert, page: AccountPage | None) -> date | None:
    """The start of the period that has reached an alert, if it was not sent in it yet."""
    period = reached_period(alert, page.estimate) if page else None
    return None if period == alert.reached_in else period


def alerts_reached_in(period: Period, alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts that were sent in a period, in the order of sending."""
    reached = [
        alert
        for alert in alerts
        if alert.reached_at and alert.reached_in and period.contains(alert.reached_in)
    ]
    return sorted(reached, key=lambda alert: (alert.reached_at, alert.id))


def position_of(alert: Alert, estimate: Estimate) -> UsagePosition | None:
    """The position of the usage price that an alert on included units is about."""
    positions = (item for item in estimate.positions if item.metric_id == alert.metric_id)
    return next(positions, None)


def reached_period(alert: Alert, estimate: Estimate) -> date | None:
    """The start of the current period, if it has reached what the alert is about."""
    if not estimate.running:
        return None
    if alert.kind != "included":
        return estimate.period.start if estimate.bill.net.amount >= alert.value else None
    position = position_of(alert, estimate)
    if position is None or position.included is None:
        return None
    return position.period.start if position.quantity >= position.included * alert.value else None
