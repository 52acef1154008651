"""Who may sign in to a customer's account: inviting colleagues, their roles, taking access away."""

from uuid import uuid4

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.users import InviteForm, RoleForm
from pricingsite.models.access import User
from pricingsite.services.access.members import (
    MembersError,
    NoSuchUserError,
    change_role,
    find_open_invitation,
    invitation_to_send,
    member_of,
    members_of,
    open_invitations,
    put_invitation,
    remove_member,
    withdraw_invitation,
)
from pricingsite.services.access.users import normalise_email
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.http.limits import limiter
from pricingsite.web.mails.rendering import send_within_quota
from pricingsite.web.sign_in.invitations import link_lifetime, render_invitation
from pricingsite.web.sign_in.roles import billing_admins_change, billing_admins_only
from pricingsite.web.sign_in.visitors import members_customer, signed_in_user
from pricingsite.web.transaction import committing

bp = Blueprint("users", __name__)

_INVITED_BY_A_NETWORK = "60 per hour"


@bp.route("/account/users", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit(_INVITED_BY_A_NETWORK, methods=["POST"])
@billing_admins_change
def index() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    form = InviteForm()
    if not g.may_change or not form.validated():
        return _users_page(form)
    email = normalise_email(form.email.data)
    try:
        _invite(email, form)
    except MembersError as error:
        form.form_errors = [str(error)]
        return _users_page(form)
    days = link_lifetime().days
    flash(f"We have sent {email} a link. It works for {days} days.")
    return redirect(url_for("account.users.index"), 303)


def _users_page(form: InviteForm) -> ResponseReturnValue:
    customer = members_customer()
    page = render_template(
        "account/users.html",
        form=form,
        customer=customer,
        members=members_of(db.session(), customer.id),
        invitations=open_invitations(db.session(), customer.id),
    )
    return page, form_status(form)


def _invite(email: str, form: InviteForm) -> None:
    invitation = invitation_to_send(
        db.session(), members_customer(), email, form.chosen_role(), by=_visitor(), now=now()
    )
    letter = render_invitation(invitation, by_merchant=False)
    with committing(db.session):
        put_invitation(db.session(), invitation)
        send_within_quota(letter, key=f"invitation:{uuid4().hex}", to=email)


@bp.post("/account/users/invitations/<int:invitation_id>/resend")
@limiter.limit(_INVITED_BY_A_NETWORK)
@billing_admins_only
def resend(invitation_id: int) -> ResponseReturnValue:
    try:
        found = find_open_invitation(db.session(), members_customer().id, invitation_id)
    except NoSuchUserError:
        return _changed_meanwhile()
    letter, to = render_invitation(found, by_merchant=False), found.email
    with committing(db.session):
        send_within_quota(letter, key=f"invitation:{uuid4().hex}", to=to)
    flash(f"We have sent {to} a new link. It works for {link_lifetime().days} days.")
    return redirect(url_for("account.users.index"), 303)


@bp.post("/account/users/invitations/<int:invitation_id>/withdraw")
@billing_admins_only
def withdraw(invitation_id: int) -> ResponseReturnValue:
    customer_id, visitor = members_customer().id, _visitor()
    try:
        with committing(db.session):
            email = withdraw_invitation(db.session(), customer_id, invitation_id, by=visitor)
    except NoSuchUserError:
        return _changed_meanwhile()
    except MembersError as error:
        return _refused(error)
    flash(f"The invitation of {email} is withdrawn. Its link works no more.")
    return redirect(url_for("account.users.index"), 303)


@bp.route("/account/users/<int:user_id>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@billing_admins_only
def edit(user_id: int) -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer, visitor = members_customer(), _visitor()
    try:
        member = member_of(db.session(), customer.id, user_id)
    except NoSuchUserError:
        abort(404)
    form = RoleForm({"role": member.role})
    if not form.validated():
        shown = {"form": form, "customer": customer, "member": member, "visitor": visitor}
        return render_template("account/user.html", **shown), form_status(form)
    try:
        with committing(db.session):
            change_role(db.session(), customer.id, user_id, form.chosen_role(), by=visitor)
    except NoSuchUserError:
        return _changed_meanwhile()
    except MembersError as error:
        return _refused(error)
    flash(f"The role of {member.email} is saved. It applies from now on.")
    return redirect(url_for("account.users.index"), 303)


@bp.post("/account/users/<int:user_id>/remove")
@billing_admins_only
def remove(user_id: int) -> ResponseReturnValue:
    customer_id, visitor = members_customer().id, _visitor()
    try:
        member = member_of(db.session(), customer_id, user_id)
        with committing(db.session):
            remove_member(db.session(), customer_id, user_id, by=visitor)
    except NoSuchUserError:
        return _changed_meanwhile()
    except MembersError as error:
        return _refused(error)
    flash(f"{member.email} can no longer sign in to this account.")
    return redirect(url_for("account.users.index"), 303)


def _visitor() -> User:
    user = signed_in_user()
    assert user is not None  # noqa: S101 - the decorators let nobody else in
    return user


def _refused(error: MembersError) -> ResponseReturnValue:
    flash(f"Nothing was changed. {error}", "error")
    return redirect(url_for("account.users.index"), 303)


def _changed_meanwhile() -> ResponseReturnValue:
    flash(
        "Nothing was changed: that user or invitation is not in the list any more. "
        "Somebody has changed it meanwhile.",
        "error",
    )
    return redirect(url_for("account.users.index"), 303)
