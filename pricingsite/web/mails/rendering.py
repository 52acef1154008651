"""E-mails as rows of the outbox: rendered from a text template that is the master.

`templates/email/NAME.txt` opens with the subject on its first line; `NAME.html` says the same.
Rendering takes its time, so it comes before the writing transaction in which an e-mail is sent.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template

from pricingsite.database import db
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.messages.outbox import enqueue, quota_key, within_quota
from pricingsite.web.clock import now
from pricingsite.web.merchant import current_merchant

_SUBJECT_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Email:
    """A rendered e-mail of a kind; `unsubscribe_url` is where its recipient can turn it off."""

    name: str
    subject: str
    text: str
    html: str
    unsubscribe_url: str | None = None


def render_email(name: str, *, unsubscribe_url: str | None = None, **context: Any) -> Email:
    """Render an e-mail, before the transaction that sends it opens."""
    context.setdefault("merchant", current_merchant())
    subject, _, text = render_template(f"email/{name}.txt", **context).lstrip().partition("\n")
    subject = _shortened(" ".join(subject.split()))
    html = render_template(f"email/{name}.html", subject=subject, **context)
    return Email(name, subject, text.strip() + "\n", html, unsubscribe_url)


def _shortened(subject: str) -> str:
    """A subject as mail programs show it; the fact comes first, so that its end can go."""
    return subject if len(subject) <= _SUBJECT_LENGTH else f"{subject[: _SUBJECT_LENGTH - 1]}…"


def send_within_quota(email: Email, *, key: str, to: str) -> None:
    """Put an e-mail that a stranger can cause into the outbox, unless its reader had enough.

    Nobody is told which: what a visitor sees is the same.
    """
    counted = quota_key(email.name, to)
    if within_quota(db.session(), counted, now=now()):
        send_later(email, key=key, to=to, quota=counted)


def send_later(email: Email, *, key: str, to: str, quota: str | None = None) -> OutboxMessage:
    """Put a rendered e-mail into the outbox, in the transaction at hand; a key is sent once."""
    return enqueue(
        db.session(),
        key=key,
        to=to,
        subject=email.subject,
        text=email.text,
        html=email.html,
        unsubscribe_url=email.unsubscribe_url,
        quota_key=quota,
        now=now(),
    )
