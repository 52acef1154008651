"""Becoming and being a customer's member: the e-mailed link, choosing a customer, its details."""

from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import hash_password, login_user

from pricingsite.database import db
from pricingsite.forms.access import AcceptForm, NewPasswordForm
from pricingsite.forms.details import DetailsForm
from pricingsite.models.access import Invitation, User
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import (
    InvitationUsed,
    accept_invitation,
    pending_invitation,
)
from pricingsite.services.access.users import find_user
from pricingsite.services.customers.details import update_customer
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.http.limits import limiter
from pricingsite.web.mails.rendering import send_later
from pricingsite.web.merchant import current_merchant
from pricingsite.web.sign_in.flask_security import SignIn
from pricingsite.web.sign_in.invitations import (
    link_lifetime,
    read_invitation_token,
    send_invitation,
)
from pricingsite.web.sign_in.visitors import (
    choose_customer,
    own_customers,
    signed_in_user,
    visible_customer,
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
        page = render_template("account/verify.html", form=form, invitation=invitation, token=token)
        return page, 422 if form.errors else 200
    try:
        user = _accept(invitation, form.new_password())
    except InvitationUsed:
        return _link_ended(invitation, token)
    login_user(db.session.get_one(SignIn, user.id))
    choose_customer(invitation.customer_id)
    return redirect(url_for("account.estimate"), 303)


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
    return render_template("account/link_ended.html", used=used, token=token), 410


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
            send_invitation(invitation.customer, invitation.email)
    flash("If the link is still needed, a new one is on its way to the same address.")
    return redirect(url_for("security.login"), 303)


@bp.route("/account/customers", methods=["GET", "POST"])
def customers() -> ResponseReturnValue:
    user = signed_in_user()
    if user is None:
        return redirect(url_for("security.login", next=request.path), 303)
    own = own_customers(user)
    if request.method == "POST":
        if request.form.get("customer") not in {customer.id for customer in own}:
            abort(404)
        choose_customer(request.form["customer"])
        wanted = request.form.get("next", "")
        return redirect(wanted if wanted.startswith("/account") else "/account", 303)
    if len(own) == 1:
        return redirect(url_for("account.estimate"), 303)
    return render_template("account/customers.html", customers=own, next=request.args.get("next"))


@bp.route("/account/details", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
def details() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer = visible_customer()
    if signed_in_user() is None:
        return render_template("account/verify_first.html", order_only=True), 403
    form = DetailsForm(DetailsForm.values_of(customer))
    form.offer_countries(sorted({*current_merchant().sells_to, customer.country}))
    if not form.validated():
        return _details_page(form, customer)
    with committing(db.session):
        before = DetailsForm.values_of(customer)
        update_customer(db.session(), customer, form.details())
        if DetailsForm.values_of(customer) != before:
            _tell_of_the_change(customer, {before["email"], customer.billing_email})
    flash("Your details are saved. Bills from now on carry them.")
    return redirect(url_for("access.details"), 303)


def _details_page(form: DetailsForm, customer: Customer) -> ResponseReturnValue:
    status = form_status(form)
    return render_template("account/details.html", form=form, customer=customer), status


def _tell_of_the_change(customer: Customer, addresses: set[str]) -> None:
    """Old and new billing address both hear of it, so that nobody is quietly cut off."""
    change = uuid4().hex
    for address in sorted(addresses):
        key = f"details:{change}:{address}"
        send_later("details_changed", key=key, to=address, customer=customer, moment=now())
