"""Invitations by e-mail: the link that proves who reads mail at an address, and its lifetime.

A link names its invitation by what is known before that is stored, so that the e-mail can be
rendered first.
"""

from datetime import datetime, timedelta
from typing import cast

from flask import current_app
from itsdangerous import BadData

from pricingsite.database import db
from pricingsite.models.access import Invitation, User
from pricingsite.services.access.invitations import find_invitation
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email
from pricingsite.web.sign_in.tokens import token_serializer


def invitation_link(invitation: Invitation) -> str:
    """The address to e-mail: following it proves who reads mail there."""
    named = [invitation.customer_id, invitation.email, invitation.created_at.isoformat()]
    return absolute("access.verify", token=token_serializer("invitation").dumps(named))


def read_invitation_token(token: str) -> tuple[Invitation | None, datetime | None]:
    """The invitation of a token and when the link was made; nothing if the token is not ours."""
    try:
        named, made_at = token_serializer("invitation").loads(token, return_timestamp=True)
    except BadData:
        return None, None
    return _invitation_named(named), cast(datetime, made_at)


def _invitation_named(named: list[str] | int) -> Invitation | None:
    if isinstance(named, int):
        # Links of earlier versions name the row; the last of them end `VERIFICATION_LINK_DAYS`
        # after the upgrade.
        return db.session.get(Invitation, named)
    customer_id, email, created_at = named
    return find_invitation(db.session(), customer_id, email, datetime.fromisoformat(created_at))


def link_lifetime() -> timedelta:
    """How long an e-mailed link works."""
    return timedelta(days=current_app.config["VERIFICATION_LINK_DAYS"])


def render_invitation(invitation: Invitation, *, by_merchant: bool) -> Email:
    """Render the e-mail that invites to a customer's account, with a link dated now.

    A stranger may have typed the company's name: only the merchant's own word is passed on. Of a
    colleague, the address is proven.
    """
    link, days = invitation_link(invitation), link_lifetime().days
    if invited_by := inviter_of(invitation):
        name, role = "colleague_invitation", invitation.role
        return render_email(name, link=link, invited_by=invited_by, role=role, days=days)
    customer = invitation.customer if by_merchant else None
    return render_email("invitation", link=link, customer=customer, days=days)


def inviter_of(invitation: Invitation) -> str | None:
    """The address of the member who invited, if one did."""
    user = db.session.get(User, invitation.invited_by) if invitation.invited_by else None
    return user.email if user else None
