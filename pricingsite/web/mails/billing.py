"""The merchant's e-mail about a billing run: one for all that it issued, and what went wrong."""

from hashlib import sha256
from uuid import uuid4

from pricingsite.database import db
from pricingsite.services.billing_run.run_summary import RunSummary
from pricingsite.web.mails.rendering import render_email, send_later
from pricingsite.web.merchant import current_merchant, merchant_today
from pricingsite.web.transaction import committing

# The command has told all of them; an e-mail of thousands helps nobody.
_MOST_FAULTS = 20


def write_run_summary(summary: RunSummary) -> None:
    """Put the e-mail about a run into the outbox, in a transaction of its own, if there is news.

    The same faults, with nothing issued, are told once a day.
    """
    if not summary.is_news:
        return
    email = render_email(
        "billing_run",
        summary=summary,
        faults=summary.faults[:_MOST_FAULTS],
        more_faults=max(len(summary.faults) - _MOST_FAULTS, 0),
    )
    key, to = f"billing-run:{_key(summary)}", current_merchant().email
    with committing(db.session):
        send_later(email, key=key, to=to)


def _key(summary: RunSummary) -> str:
    if summary.issued or summary.credit_notes:
        return uuid4().hex
    faults = sha256("\n".join(sorted(summary.faults)).encode()).hexdigest()
    return f"{merchant_today()}:{faults}"
