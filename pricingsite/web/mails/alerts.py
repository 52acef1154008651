"""The e-mails of alerts: sent, a customer at a time, when usage has brought a bill that far."""

from collections.abc import Sequence
from decimal import Decimal

from pricingsite.database import db
from pricingsite.models.alerts import Alert
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
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing

# An e-mail of several alerts is headed by the last of these.
_KINDS = ("included", "amount", "budget")


def write_alert_mails() -> tuple[int, list[str]]:
    """Put the e-mails of all alerts that were reached into the outbox.

    How many they are, and the faults of customers whose bill cannot be worked out.
    """
    sweep, written = Sweep("its alerts could not be checked"), 0
    for customer_id in customers_with_new_usage(db.session()):
        with sweep.each(customer_id):
            written += _write_of(customer_id)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return written, sweep.faults


def _write_of(customer_id: str) -> int:
    """Render the e-mail of a customer's reached alerts, and send it if they are ours to send."""
    db.session.rollback()  # What other customers' pages were read from is no longer of interest.
    moment = now()
    page, reached = reached_alerts(db.session(), customer_id, now=moment)
    ids = [alert.id for alert in reached]
    email = _render(reached, page) if page and reached else None
    with committing(db.session):
        claimed = claim_reached_alerts(db.session(), customer_id, ids, page, now=moment)
        if not (claimed and email and page):
            return 0
        send_later(email, key=_key(claimed), to=page.estimate.customer.billing_email)
    return 1


def _render(reached: Sequence[Alert], page: AccountPage) -> Email:
    """One e-mail for all that was reached together, the furthest first: its subject is of that."""
    settings = absolute("account.alerts.choose")
    furthest_first = sorted(reached, key=_how_far, reverse=True)
    return render_email(
        "alert",
        unsubscribe_url=settings,
        reached=[(alert, position_of(alert, page.estimate)) for alert in furthest_first],
        estimate=page.estimate,
        forecast=page.forecast,
        account_url=absolute("account.estimate.show"),
        settings_url=settings,
    )


def _how_far(alert: Alert) -> tuple[int, Decimal]:
    return _KINDS.index(alert.kind), alert.value


def _key(alerts: Sequence[Alert]) -> str:
    # By what it says, not by its rows: chosen again in the same period, it is the same e-mail.
    contents = sorted(f"{one.kind}:{one.metric_id}:{one.value.normalize():f}" for one in alerts)
    return f"alert:{alerts[0].customer_id}:{','.join(contents)}:{alerts[0].reached_in}"
