"""Becoming a customer's member by the e-mailed link."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import hash_password

from pricingsite.database import db
from pricingsite.forms.access import AcceptForm, NewPasswordForm
from pricingsite.models.access import Invitation, User
from pricingsite.services.access.invitations import (
    InvitationUsedError,
    accept_invitation,
    pending_invitation,
)
from pricingsite.services.access.users import find_user
from pricingsite.web.clock import now
from pricingsite.web.http.limits import limiter
from pricingsite.web.sign_in.flask_security import sign_in
from pricingsite.web.sign_in.invitations import (
    link_lifetime,
    read_invitation_token,
    send_invitation,
)
from pricingsite.web.sign_in.visitors import (
    choose_customer,
)
from pricingsite.web.transaction import committing

bp = Blueprint("access", __name__)


@bp.route("/verify/<string:token>", methods=["GET", "POST"])
@limiter.limit("10 per 5 minutes", methods=["POST"])
def verify(token: str) -> ResponseReturnValue:
    invitation, made_at = read_invitation_token(token)
    if invitation is None or made_at is None:
        abort(404)
    if invitation.accepted_at or made_at + link_lifetime() < now():
        return _link_ended(invitation, token)
    form = _acceptance(invitation)
    if not form.validated():
        page = render_template("access/verify.html", form=form, invitation=invitation, token=token)
        return page, 422 if form.errors else 200
    try:
        user = _accept(invitation, form.new_password())
    except InvitationUsedError:
        return _link_ended(invitation, token)
    sign_in(user)
    choose_customer(invitation.customer_id)
    return redirect(url_for("account.estimate.show"), 303)


def _acceptance(invitation: Invitation) -> AcceptForm | NewPasswordForm:
    """One button for who has a password already, a new password from anybody else."""
    if find_user(db.session(), invitation.email) is not None:
        return AcceptForm()
    return NewPasswordForm(email=invitation.email, company=invitation.customer.legal_name)


def _accept(invitation: Invitation, password: str | None) -> User:
    # Hashing takes its time on purpose, so it comes before the transaction that others wait for.
    password_hash = hash_password(password) if password else None
    with committing(db.session):
        return accept_invitation(db.session(), invitation, password_hash=password_hash, now=now())


def _link_ended(invitation: Invitation, token: str) -> ResponseReturnValue:
    used = invitation.accepted_at is not None
    return render_template("access/link_ended.html", used=used, token=token), 410


@bp.post("/verify/<string:token>/resend")
@limiter.limit("5 per hour")
def resend(token: str) -> ResponseReturnValue:
    invitation, made_at = read_invitation_token(token)
    if invitation is None or made_at is None:
        abort(404)
    with committing(db.session):
        waiting = pending_invitation(db.session(), invitation.customer_id)
        # A link that was used needs no other; the answer is the same, and says nothing of it.
        if waiting is not None and invitation.accepted_at is None:
            send_invitation(invitation.customer, invitation.email, by_merchant=False)
    flash("If the link is still needed, we have sent a new one to the same address.")
    return redirect(url_for("security.login"), 303)
