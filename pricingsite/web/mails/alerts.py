"""The e-mails of alerts: written, a customer at a time, when usage has brought a bill that far."""

import logging

from pricingsite.database import db
from pricingsite.models.alerts import Alert
from pricingsite.pricing import PricingError
from pricingsite.services.alerts.reaching import (
    claim_reached_alerts,
    customers_with_new_usage,
    position_of,
)
from pricingsite.services.estimates.account_page import AccountPage
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import send_later
from pricingsite.web.transaction import committing

logger = logging.getLogger(__name__)


def write_alert_mails() -> int:
    """Put the e-mails of all alerts that were reached into the outbox; how many they are.

    A customer whose bill cannot be worked out is logged, and holds up nobody else.
    """
    customer_ids = customers_with_new_usage(db.session())
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    written = 0
    for customer_id in customer_ids:
        try:
            written += _write_of(customer_id)
        except PricingError:
            logger.exception("The alerts of %s could not be checked", customer_id)
    return written


def _write_of(customer_id: str) -> int:
    with committing(db.session):
        page, alerts = claim_reached_alerts(db.session(), customer_id, now=now())
        for alert in alerts:
            assert page is not None  # noqa: S101 - without a bill nothing is reached
            _write(alert, page)
    return len(alerts)


def _write(alert: Alert, page: AccountPage) -> None:
    settings = absolute("account.alerts.choose")
    # By what it says, not by its row: chosen anew in the same period, it is the same e-mail.
    content = f"{alert.customer_id}:{alert.kind}:{alert.metric_id}:{alert.value.normalize():f}"
    send_later(
        "alert",
        key=f"alert:{content}:{alert.reached_in}",
        to=page.estimate.customer.billing_email,
        unsubscribe_url=settings,
        alert=alert,
        position=position_of(alert, page.estimate),
        estimate=page.estimate,
        forecast=page.forecast,
        account_url=absolute("account.estimate.show"),
        settings_url=settings,
    )
