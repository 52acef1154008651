"""Customers as programs make, read and change them, and as every path names them.

A customer is named by its id or an alias, percent-encoded where it is in a path.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from flask import Blueprint, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from msgspec import UNSET, Meta, UnsetType
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from pricingsite.blueprints.api.bodies import at_path, checked, read_body, refusing_fields
from pricingsite.blueprints.api.paging import limit, refuse_unknown, refusing_cursors
from pricingsite.database import db
from pricingsite.forms.customer_details import MOST_CHARACTERS, checked_detail, details_of
from pricingsite.models.access import Invitation
from pricingsite.models.customers import Customer
from pricingsite.services.access.invitations import new_invitation
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

_MOST_ALIASES = 100


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


def _most(name: str) -> Meta:
    return Meta(max_length=MOST_CHARACTERS[name])


def _what(description: str) -> Meta:
    return Meta(description=description)


_LegalName = Annotated[str, _most("legal_name"), Meta(min_length=1), _what("The company's name.")]
_Email = Annotated[str, _most("billing_email"), Meta(min_length=3), _what("Where bills are sent.")]
_Country = Annotated[str, Meta(pattern="^[A-Z]{2}$"), _what("The code of ISO 3166, such as GB.")]
_ContactName = Annotated[
    Annotated[str, _most("contact_name")] | None, _what("Whom bills are addressed to.")
]
_Line1 = Annotated[Annotated[str, _most("line1")] | None, _what("The address's first line.")]
_Line2 = Annotated[Annotated[str, _most("line2")] | None, _what("Its second line.")]
_Town = Annotated[Annotated[str, _most("town")] | None, _what("Town or city.")]
_Postcode = Annotated[Annotated[str, _most("postcode")] | None, _what("Postcode.")]
_TaxId = Annotated[Annotated[str, _most("tax_id")] | None, _what("VAT number or other tax id.")]
_Aliases = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=255)], ...],
    Meta(description="Other names of it in usage events.", max_length=_MOST_ALIASES),
]


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer to make."""

    legal_name: _LegalName
    billing_email: _Email
    country: _Country
    contact_name: _ContactName = None
    line1: _Line1 = None
    line2: _Line2 = None
    town: _Town = None
    postcode: _Postcode = None
    tax_id: _TaxId = None
    aliases: _Aliases = ()
    invite: Annotated[
        bool, Meta(description="Whether the billing e-mail is invited to sign in; true.")
    ] = True


class CustomerChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer's details that are to change: what is left out stays, null takes one away.

    Aliases are all that it then has.
    """

    legal_name: _LegalName | UnsetType = UNSET
    billing_email: _Email | UnsetType = UNSET
    country: _Country | UnsetType = UNSET
    contact_name: _ContactName | UnsetType = UNSET
    line1: _Line1 | UnsetType = UNSET
    line2: _Line2 | UnsetType = UNSET
    town: _Town | UnsetType = UNSET
    postcode: _Postcode | UnsetType = UNSET
    tax_id: _TaxId | UnsetType = UNSET
    aliases: _Aliases | UnsetType = UNSET


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
    copies = copies_of(db.session(), found.id)
    email = details_email(found, details, now_taxed(found, details), copies=copies)
    with refusing_fields(), committing(db.session):
        lock_details(db.session(), found)
        before, renamed = _values(found), _put_aliases(found, body.aliases)
        details = details_of(before | changes)
        update_customer(db.session(), found, details, is_changed=renamed, now=now())
        if _values(found) != before:
            send_to_each(email, {before["billing_email"] or "", found.billing_email})
        document = _document(found)
    return jsonify(document)


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


def _document(customer: Customer) -> Json:
    (document,) = customer_documents(db.session(), [customer])
    return document
