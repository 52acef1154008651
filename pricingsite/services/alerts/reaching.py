"""Which alerts a running bill has reached.

Each is told once a period: by the row that says in which period it was last reached, locked while
it is looked at.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pricingsite.models.alerts import Alert
from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Period
from pricingsite.pricing.position import UsagePosition
from pricingsite.services.estimates.account_page import AccountPage, account_page
from pricingsite.services.estimates.estimates import Estimate

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


def claim_reached_alerts(
    session: Session, customer_id: str, *, now: datetime
) -> tuple[AccountPage | None, list[Alert]]:
    """The alerts of a customer that its bill reached and that it was not told of this period.

    They count as told from here on; of several deliverers, one alone is given them.
    """
    alerts = session.scalars(
        select(Alert)
        .where(Alert.customer_id == customer_id)
        .order_by(Alert.id)
        .with_for_update(skip_locked=True)
    ).all()
    customer = session.get_one(Customer, customer_id)
    page = account_page(session, customer, now=now) if alerts else None
    claimed = []
    for alert in alerts:
        alert.checked_until = now - OVERLAP
        period = reached_period(alert, page.estimate) if page else None
        if period is not None and alert.reached_in != period:
            alert.reached_in, alert.reached_at = period, now
            claimed.append(alert)
    return page, claimed


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
