"""Customers as programs make, read and change them, and as every path names them.

A customer is named by its id or an alias, percent-encoded where it is in a path.
"""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from msgspec import UNSET, UnsetType
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from pricingsite.blueprints.api.bodies import (
    FieldError,
    at_path,
    checked,
    read_body,
    refusing_fields,
)
from pricingsite.blueprints.api.customer_bodies import CustomerChanges, NewCustomer
from pricingsite.blueprints.api.paging import limit, refuse_unknown, refusing_cursors
from pricingsite.database import db
from pricingsite.forms.base import squeeze, unwritable
from pricingsite.forms.customer_details import (
    MOST_CHARACTERS,
    checked_detail,
    copy_addresses,
    details_of,
)
from pricingsite.models.access import Invitation
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import new_invitation
from pricingsite.services.access.users import EmailError, normalise_email
from pricingsite.services.customers.aliases import (
    AliasError,
    add_alias,
    aliases_of,
    find_customer,
    keep_aliases,
)
from pricingsite.services.customers.copies import copies_of
from pricingsite.services.customers.details import new_customer, store_customer, update_customer
from pricingsite.services.customers.pages import page_of_customers
from pricingsite.services.customers.verification import lock_details
from pricingsite.services.schedules.purchase_orders import (
    purchase_order_of,
    put_purchase_order,
)
from pricingsite.web.clock import now
from pricingsite.web.customer_documents import customer_documents
from pricingsite.web.documents import Json
from pricingsite.web.http.csrf import csrf
from pricingsite.web.idempotency import answering, idempotent
from pricingsite.web.links import absolute
from pricingsite.web.mails.details import details_email, now_taxed, send_to_each
from pricingsite.web.mails.rendering import Email, send_later
from pricingsite.web.sign_in.api_keys import scope_required
from pricingsite.web.sign_in.invitations import render_invitation
from pricingsite.web.transaction import committing

bp = Blueprint("customers", __name__)
csrf.exempt(bp)


class CustomerName(BaseConverter):
    """A customer's name in a path, as `<customer:…>`: an alias holds slashes, and line breaks.

    Servers decode a path before its parts are told apart, so that it may be several of them.
    """

    regex = r"[\s\S]+"
    part_isolating = False


def add_converter(state: BlueprintSetupState) -> None:
    """Let routes name a customer in their path."""
    state.app.url_map.converters["customer"] = CustomerName


def customer_named(name: str) -> Customer:
    """The customer of an id or alias; 404 where there is none."""
    customer = find_customer(db.session(), name)
    if customer is None:
        raise NotFound(f"No customer is known as {name!r}.")
    return customer


@bp.get("/customers")
@scope_required("customers:read")
def index() -> ResponseReturnValue:
    """Customers in the order of making, up to `limit` after `after`."""
    refuse_unknown("limit", "after")
    with refusing_cursors():
        page = page_of_customers(db.session(), after=request.args.get("after"), limit=limit())
    found = customer_documents(db.session(), page.rows)
    return jsonify({"customers": found, "next": page.next})


@bp.get("/customers/<customer:customer>")
@scope_required("customers:read")
def read(customer: str) -> ResponseReturnValue:
    """One customer."""
    return jsonify(_document(customer_named(customer)))


@bp.post("/customers")
@scope_required("customers:write")
@idempotent
def create() -> ResponseReturnValue:
    """Make a customer, and invite its billing e-mail to sign in."""
    body = read_body(NewCustomer)
    customer = new_customer(details_of(_checked(body)), now=now())
    invitation = new_invitation(customer, customer.billing_email, now=now())
    email = render_invitation(invitation, by_merchant=True) if body.invite else None
    with refusing_fields(), answering() as answer:
        store_customer(db.session(), customer, now=now())
        for number, alias in enumerate(body.aliases):
            with at_path(f"aliases[{number}]", AliasError):
                add_alias(db.session(), customer, alias)
        if email is not None:
            _invite(invitation, email)
        address = absolute("api.customers.read", customer=customer.id)
        answer.gives(_document(customer), 201, location=address)
    return answer.response


def _invite(invitation: Invitation, email: Email) -> None:
    db.session.add(invitation)
    send_later(email, key=f"invitation:{invitation.customer_id}", to=invitation.email)


@bp.patch("/customers/<customer:customer>")
@scope_required("customers:write")
def update(customer: str) -> ResponseReturnValue:
    """Change a customer's details and aliases, and tell its old and new address of details."""
    body = read_body(CustomerChanges)
    changes = _checked(body)
    found = customer_named(customer)
    details = details_of(_values(found) | changes)
    with refusing_fields():
        more = _more_of(body, found, details.billing_email)
    email = details_email(found, details, now_taxed(found, details), **more)
    with refusing_fields(), committing(db.session):
        told, old_address = _told(found), found.billing_email
        # What billing runs lock first comes first.
        is_changed = _put_purchase_order(found, body, more["purchase_order"])
        lock_details(db.session(), found)
        details = details_of(_values(found) | changes)
        is_changed |= _put_aliases(found, body.aliases)
        copies = None if body.copies_to is UNSET else more["copies"]
        update_customer(
            db.session(), found, details, copies=copies, is_changed=is_changed, now=now()
        )
        if _told(found) != told:
            send_to_each(email, {old_address, found.billing_email})
        document = _document(found)
    return jsonify(document)


def _more_of(body: CustomerChanges, customer: Customer, email: str) -> dict[str, Any]:
    """The addresses for copies and the purchase order that a customer is to have."""
    order = purchase_order_of(db.session(), customer.id)
    reference = order.reference if order else None
    if body.purchase_order is not UNSET:
        if why := unwritable(body.purchase_order):
            raise FieldError("purchase_order", f"it {why}")
        reference = squeeze(body.purchase_order) or None
        if order is None and reference:
            raise FieldError(
                "purchase_order", "there is no billing schedule whose invoices name it"
            )
    if body.copies_to is UNSET:
        return {"copies": copies_of(db.session(), customer.id), "purchase_order": reference}
    for number, one in enumerate(body.copies_to):
        with at_path(f"copies_to[{number}]", EmailError):
            normalise_email(one)
    return {"copies": copy_addresses(email, body.copies_to), "purchase_order": reference}


def _put_aliases(customer: Customer, aliases: Sequence[str] | UnsetType) -> bool:
    """Let these be a customer's aliases, and no others; whether that changes any."""
    known = set(aliases_of(db.session(), customer.id))
    if aliases is UNSET or sorted(aliases) == sorted(known):
        return False
    keep_aliases(db.session(), customer, aliases)
    for number, alias in enumerate(aliases):
        # The second of two that are alike is refused, as it is when a customer is made.
        if alias in known:
            known.remove(alias)
            continue
        with at_path(f"aliases[{number}]", AliasError):
            add_alias(db.session(), customer, alias)
    return True


def _checked(body: NewCustomer | CustomerChanges) -> dict[str, str | None]:
    """The details in a body, all those that cannot be used refused at once."""
    sent: dict[str, Any] = {name: getattr(body, name) for name in MOST_CHARACTERS}
    return checked({k: v for k, v in sent.items() if v is not UNSET}, checked_detail)


def _values(customer: Customer) -> dict[str, str | None]:
    return {name: getattr(customer, name) for name in MOST_CHARACTERS}


def _put_purchase_order(customer: Customer, body: CustomerChanges, reference: str | None) -> bool:
    """Let a customer's invoices name this, if a body says so; whether that is another one."""
    if body.purchase_order is UNSET:
        return False
    return put_purchase_order(db.session(), customer.id, reference)


def _told(customer: Customer) -> dict[str, Any]:
    """What its e-mail tells of."""
    session = db.session()
    more = copies_of(session, customer.id), purchase_order_of(session, customer.id)
    return {"more": more, **_values(customer)}


def _document(customer: Customer) -> Json:
    (document,) = customer_documents(db.session(), [customer])
    return document
