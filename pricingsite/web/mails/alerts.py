"""The e-mails of alerts: sent, a customer at a time, when usage has brought a bill that far."""

import logging

from pricingsite.database import db
from pricingsite.models.alerts import Alert
from pricingsite.pricing import PricingError
from pricingsite.services.alerts.reaching import (
    claim_reached_alerts,
    customers_with_new_usage,
    position_of,
    reached_alerts,
)
from pricingsite.services.estimates.account_page import AccountPage
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_later
from pricingsite.web.transaction import committing

logger = logging.getLogger(__name__)


def write_alert_mails() -> int:
    """Put the e-mails of all alerts that were reached into the outbox; how many they are.

    A customer whose bill cannot be worked out is logged, and holds up nobody else.
    """
    customer_ids = customers_with_new_usage(db.session())
    written = 0
    for customer_id in customer_ids:
        try:
            written += _write_of(customer_id)
        except PricingError:
            logger.exception("The alerts of %s could not be checked", customer_id)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return written


def _write_of(customer_id: str) -> int:
    """Render the e-mails of a customer's reached alerts, and send those that are ours to send."""
    db.session.rollback()  # What other customers' pages were read from is no longer of interest.
    moment = now()
    page, reached = reached_alerts(db.session(), customer_id, now=moment)
    emails = {alert.id: _render(alert, page) for alert in reached if page}
    with committing(db.session):
        claimed = claim_reached_alerts(db.session(), customer_id, emails.keys(), page, now=moment)
        for alert in claimed:
            assert page is not None  # noqa: S101 - without a bill nothing is reached
            send_later(emails[alert.id], key=_key(alert), to=page.estimate.customer.billing_email)
    return len(claimed)


def _render(alert: Alert, page: AccountPage) -> Email:
    settings = absolute("account.alerts.choose")
    return render_email(
        "alert",
        unsubscribe_url=settings,
        alert=alert,
        position=position_of(alert, page.estimate),
        estimate=page.estimate,
        forecast=page.forecast,
        account_url=absolute("account.estimate.show"),
        settings_url=settings,
    )


def _key(alert: Alert) -> str:
    # By what it says, not by its row: chosen again in the same period, it is the same e-mail.
    content = f"{alert.customer_id}:{alert.kind}:{alert.metric_id}:{alert.value.normalize():f}"
    return f"alert:{content}:{alert.reached_in}"
