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
from pricingsite.pricing.position import UsagePosition
from pricingsite.services.estimates.account_page import AccountPage, account_page
from pricingsite.services.estimates.estimates import Estimate

# Usage is stamped when its transaction begins and seen when it ends: looked at again this long.
OVERLAP = timedelta(minutes=1)


def customers_to_look_at(session: Session) -> Sequence[str]:
    """The ids of customers whose usage came in since their alerts were last looked at."""
    news = exists().where(
        UsageDay.customer_id == Alert.customer_id, UsageDay.updated_at >= Alert.looked_to
    )
    return session.scalars(
        select(Alert.customer_id).where(news).distinct().order_by(Alert.customer_id)
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
        alert.looked_to = now - OVERLAP
        period = reached_period(alert, page.estimate) if page else None
        if period is not None and alert.reached_in != period:
            alert.reached_in, alert.reached_at = period, now
            claimed.append(alert)
    return page, claimed


def told_in(alerts: Sequence[Alert], running: Estimate) -> list[Alert]:
    """The alerts that the customer was told of in the running period, the first first."""
    told = [
        alert
        for alert in alerts
        if alert.reached_at and alert.reached_in and running.period.contains(alert.reached_in)
    ]
    return sorted(told, key=lambda alert: (alert.reached_at, alert.id))


def position_of(alert: Alert, running: Estimate) -> UsagePosition | None:
    """The position that an alert on included units looks at."""
    return next((one for one in running.positions if one.metric_id == alert.metric_id), None)


def reached_period(alert: Alert, running: Estimate) -> date | None:
    """The start of the running period, if its bill has reached what the alert is about."""
    if not running.running:
        return None
    if alert.kind != "included":
        return running.period.start if running.bill.net.amount >= alert.value else None
    position = position_of(alert, running)
    if position is None or position.included is None:
        return None
    return position.period.start if position.quantity >= position.included * alert.value else None
