"""Invitations by e-mail: the link that proves who reads mail at an address, and its lifetime."""

from datetime import datetime, timedelta
from typing import cast

from flask import current_app
from itsdangerous import BadData

from pricingsite.database import db
from pricingsite.models.access import Invitation
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import invite
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import send_later, send_within_quota
from pricingsite.web.sign_in.tokens import token_serializer


def invitation_link(invitation: Invitation) -> str:
    """The address to e-mail: following it proves who reads mail there."""
    return absolute("access.verify", token=token_serializer("invitation").dumps(invitation.id))


def read_invitation_token(token: str) -> tuple[Invitation | None, datetime | None]:
    """The invitation of a token and when the link was made; nothing if the token is not ours."""
    try:
        number, made_at = token_serializer("invitation").loads(token, return_timestamp=True)
    except BadData:
        return None, None
    return db.session.get(Invitation, number), cast(datetime, made_at)


def link_lifetime() -> timedelta:
    """How long an e-mailed link works."""
    return timedelta(days=current_app.config["VERIFICATION_LINK_DAYS"])


def send_invitation(customer: Customer, email: str, *, by_merchant: bool) -> None:
    """Invite the reader of mail at an address, in the transaction at hand.

    What the merchant sends has no quota; what a visitor asks for has.
    """
    invitation = invite(db.session(), customer, email, now=now())
    send = send_later if by_merchant else send_within_quota
    send(
        "invitation",
        key=f"invitation:{invitation.id}",
        to=invitation.email,
        link=invitation_link(invitation),
        # A stranger may have typed the company's name: only the merchant's own word is passed on.
        customer=customer if by_merchant else None,
        days=link_lifetime().days,
    )
