"""Links that set a new password: e-mailed, good for an hour, and good once.

A link holds the user's uniquifier, which every new password changes.
"""

from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from itsdangerous import BadData

from pricingsite.database import db
from pricingsite.models.access import User
from pricingsite.services.access.passwords import take_reset, user_of_reset, waiting_resets
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_within_quota
from pricingsite.web.sign_in.tokens import token_serializer
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing

_LIFETIME = timedelta(hours=1)


def password_link(user: User) -> str:
    """The address to e-mail: following it sets a new password."""
    token = token_serializer("password").dumps([user.id, user.fs_uniquifier])
    return absolute("access.reset_password", token=token)


def read_password_token(token: str) -> User | None:
    """The user whose password a token may still set."""
    try:
        content, made_at = token_serializer("password").loads(token, return_timestamp=True)
    except BadData:
        return None
    user_id, uniquifier = content
    if cast(datetime, made_at) + _LIFETIME < now():
        return None
    user = db.session.get(User, user_id)
    return user if user is not None and user.active and user.fs_uniquifier == uniquifier else None


def write_reset_mails() -> list[str]:
    """Put the links that were asked for into the outbox; the faults of those that failed."""
    sweep = Sweep("the link could not be written")
    reset_ids = waiting_resets(db.session())
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    for reset_id in reset_ids:
        with sweep.each(f"password reset {reset_id}"):
            _write_reset_mail(reset_id)
    return sweep.faults


def _write_reset_mail(reset_id: int) -> None:
    user = user_of_reset(db.session(), reset_id)
    email = render_email("password_reset", link=password_link(user)) if user else None
    with committing(db.session):
        user = take_reset(db.session(), reset_id)
        if user is not None and email is not None:
            # SQLite gives a taken reset's number to a later one: it would be no key of its own.
            send_within_quota(email, key=f"reset:{uuid4().hex}", to=user.email)


def render_password_changed() -> Email:
    """Render the e-mail that tells a user that their password was changed."""
    return render_email("password_changed", link=absolute("access.forgot_password"))
