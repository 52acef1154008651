"""E-mailed links: becoming a customer's member, and setting a new password."""

from hashlib import sha256
from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import hash_password

from pricingsite.database import db
from pricingsite.forms.access import AcceptForm, NewPasswordForm, ResetForm
from pricingsite.models.access import Invitation, User
from pricingsite.services.access.invitations import InvitationUsedError
from pricingsite.services.access.passwords import ask_for_reset, set_password, words_others_know
from pricingsite.services.access.users import find_user, normalise_email
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.merchant import read_seller
from pricingsite.services.orders.once import LostError, order_without
from pricingsite.services.orders.unverified import verify_customer
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.http.limits import failed, limiter
from pricingsite.web.http.networks import network
from pricingsite.web.mails.rendering import send_later, send_within_quota
from pricingsite.web.sign_in.flask_security import sign_in
from pricingsite.web.sign_in.invitations import (
    inviter_of,
    link_lifetime,
    read_invitation_token,
    render_invitation,
)
from pricingsite.web.sign_in.password_links import read_password_token, render_password_changed
from pricingsite.web.sign_in.sessions import begin_session, choose_customer
from pricingsite.web.sign_in.visitors import own_customers, signed_in_user
from pricingsite.web.transaction import committing

bp = Blueprint("access", __name__)

# Who has a link may choose several passwords that are refused.
_FORM_MISTAKES = "30 per 5 minutes"
_ASKED_BY_A_NETWORK = "30 per hour"


def _asked_for() -> str:
    """The link or the address that a network asks an e-mail for."""
    wanted = request.path + request.form.get("email", "").strip().lower()
    return network() + sha256(wanted.encode(errors="replace")).hexdigest()


@bp.before_request
def _forms_alone() -> None:
    if request.is_json:
        abort(415)


@bp.route("/verify/<string:token>", methods=["GET", "POST"])
@limiter.limit(_FORM_MISTAKES, methods=["POST"], deduct_when=failed)
def verify(token: str) -> ResponseReturnValue:
    invitation, made_at = read_invitation_token(token)
    if invitation is None or made_at is None:
        # A link of ours to an order that has ended is gone; any other never was.
        abort(410 if made_at else 404)
    if invitation.accepted_at or made_at + link_lifetime() < now():
        return _link_ended(token)
    known = find_user(db.session(), invitation.email)
    visitor = signed_in_user()
    if known is not None and (visitor is None or visitor.id != known.id):
        return _sign_in_first(invitation, visitor)
    form = AcceptForm() if known else _new_password_form(invitation)
    if not form.validated():
        return _verify_page(invitation, token, form), 422 if form.errors else 200
    return _join(invitation, token, form)


def _verify_page(invitation: Invitation, token: str, form: AcceptForm | NewPasswordForm) -> str:
    """The page that asks to confirm, and says what the order goes without."""
    customer = invitation.customer
    without = order_without(db.session(), customer, now=now())
    first = without and first_bill_of_schedule(
        read_seller(db.session()), without.schedule, customer
    )
    return render_template(
        "access/verify.html",
        form=form,
        invitation=invitation,
        invited_by=inviter_of(invitation),
        token=token,
        without=without,
        first=first,
    )


def _sign_in_first(invitation: Invitation, visitor: User | None) -> ResponseReturnValue:
    """Anybody can have a link sent to a user: alone, it opens none of their accounts."""
    if visitor is not None:
        page = render_template("access/other_user.html", invitation=invitation, visitor=visitor)
        return page, 403
    what = "accept this invitation" if invitation.invited_by else "confirm this order"
    flash(f"Sign in to {what}: its address has a password here already.")
    return redirect(url_for("security.login", next=request.path), 303)


def _new_password_form(invitation: Invitation) -> NewPasswordForm:
    customers = [invitation.customer]
    return NewPasswordForm(known=words_others_know(db.session(), invitation.email, customers))


def _join(
    invitation: Invitation, token: str, form: AcceptForm | NewPasswordForm
) -> ResponseReturnValue:
    # Hashing takes its time on purpose, so it comes before the transaction that others wait for.
    password = form.new_password()
    password_hash = hash_password(password) if password else None
    accepted = frozenset(request.form.getlist("without"))
    try:
        with committing(db.session):
            user = verify_customer(
                db.session(), invitation, password_hash=password_hash, accepted=accepted, now=now()
            )
    except InvitationUsedError:
        return _link_ended(token)
    except LostError:
        return _verify_page(invitation, token, form), 409
    begin_session()
    choose_customer(invitation.customer_id)
    if password_hash is not None and user.password == password_hash:
        sign_in(user)
    return redirect(url_for("account.estimate.show"), 303)


def _link_ended(token: str) -> ResponseReturnValue:
    invitation, _ = read_invitation_token(token)
    if invitation is None:
        abort(410)
    used = invitation.accepted_at is not None
    return render_template("access/link_ended.html", used=used, token=token), 410


@bp.post("/verify/<string:token>/resend")
@limiter.limit("5 per hour", key_func=_asked_for)
@limiter.limit(_ASKED_BY_A_NETWORK)
def resend(token: str) -> ResponseReturnValue:
    invitation, made_at = read_invitation_token(token)
    if invitation is None or made_at is None:
        abort(410 if made_at else 404)
    # A link that was used needs no other; the answer is the same, and says nothing of it.
    if invitation.accepted_at is None:
        email = render_invitation(invitation, by_merchant=False)
        with committing(db.session):
            send_within_quota(email, key=f"invitation:{uuid4().hex}", to=invitation.email)
    flash("If the link is still needed, we have sent a new one to the same address.")
    return redirect(url_for("security.login"), 303)


@bp.route("/reset", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit("5 per hour", key_func=_asked_for, methods=["POST"])
@limiter.limit(_ASKED_BY_A_NETWORK, methods=["POST"])
def forgot_password() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    form = ResetForm()
    if not form.validated():
        status = form_status(form)
        return render_template("access/forgot_password.html", form=form), status
    with committing(db.session):
        ask_for_reset(db.session(), normalise_email(form.email.data), now=now())
    flash(
        f"If {form.email.data} can sign in here, a link to set a new password is on its way to it."
    )
    return redirect(url_for("access.forgot_password"), 303)


@bp.route("/reset/<string:token>", methods=["GET", "POST"])
@limiter.limit(_FORM_MISTAKES, methods=["POST"], deduct_when=failed)
def reset_password(token: str) -> ResponseReturnValue:
    user = read_password_token(token)
    if user is None:
        return _ask_for_another_link()
    known = words_others_know(db.session(), user.email, own_customers(user))
    form = NewPasswordForm(known=known)
    if not form.validated():
        status = form_status(form)
        return render_template("access/reset_password.html", form=form, token=token), status
    if not _change_password(user, form.new_password() or ""):
        return _ask_for_another_link()
    flash("Your password is changed. Sign in with the new one.")
    return redirect(url_for("security.login"), 303)


def _change_password(user: User, password: str) -> bool:
    """Whether the link was still good: of several uses, at the same moment too, one is."""
    password_hash = hash_password(password)
    user_id, address, uniquifier = user.id, user.email, user.fs_uniquifier
    email = render_password_changed()
    with committing(db.session):
        fresh = set_password(db.session(), user_id, uniquifier, password_hash)
        if fresh is not None:
            send_later(email, key=f"password-changed:{fresh}", to=address)
    return fresh is not None


def _ask_for_another_link() -> ResponseReturnValue:
    flash("That link has expired or was used before. Ask for a new one here.", "error")
    return redirect(url_for("access.forgot_password"), 303)
