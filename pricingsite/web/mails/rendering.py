"""E-mails as rows of the outbox: rendered here, from a text template that is the master.

`templates/email/NAME.txt` opens with the subject on its first line; `NAME.html` says the same.
"""

from typing import Any

from flask import render_template

from pricingsite.database import db
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.messages.outbox import enqueue, quota_key, within_quota
from pricingsite.web.clock import now
from pricingsite.web.merchant import current_merchant


def render_email(name: str, **context: Any) -> tuple[str, str, str]:
    """The subject, the text and the HTML of an e-mail."""
    context.setdefault("merchant", current_merchant())
    subject, _, text = render_template(f"email/{name}.txt", **context).lstrip().partition("\n")
    html = render_template(f"email/{name}.html", subject=subject.strip(), **context)
    return subject.strip(), text.strip() + "\n", html


def send_within_quota(name: str, *, key: str, to: str, **context: Any) -> None:
    """Put an e-mail that a stranger can cause into the outbox, unless its reader had enough.

    Nobody is told which: what a visitor sees is the same.
    """
    counted = quota_key(name, to)
    if within_quota(db.session(), counted, now=now()):
        send_later(name, key=key, to=to, quota=counted, **context)


def send_later(
    name: str,
    *,
    key: str,
    to: str,
    unsubscribe_url: str | None = None,
    quota: str | None = None,
    **context: Any,
) -> OutboxMessage:
    """Put an e-mail into the outbox, in the transaction at hand."""
    subject, text, html = render_email(name, **context)
    return enqueue(
        db.session(),
        key=key,
        to=to,
        subject=subject,
        text=text,
        html=html,
        unsubscribe_url=unsubscribe_url,
        quota_key=quota,
        now=now(),
    )
