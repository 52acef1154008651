"""What programs send to make a customer, and to change one."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pricingsite.forms.base import LONGEST_EMAIL
from pricingsite.forms.customer_details import MOST_CHARACTERS
from pricingsite.services.customers.copies import MOST_COPIES
from pricingsite.services.schedules.purchase_orders import LONGEST_PURCHASE_ORDER

_MOST_ALIASES = 100


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

_CopiesTo = Annotated[
    tuple[Annotated[str, Meta(min_length=3, max_length=LONGEST_EMAIL)], ...],
    Meta(
        description="Other addresses that get copies of e-mails about invoices.",
        max_length=MOST_COPIES,
    ),
]
_PurchaseOrder = Annotated[
    Annotated[str, Meta(max_length=LONGEST_PURCHASE_ORDER)] | None,
    _what("What its invoices name from the next one on; it needs a billing schedule."),
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

    Aliases and copies are all that it then has.
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
    copies_to: _CopiesTo | UnsetType = UNSET
    purchase_order: _PurchaseOrder | UnsetType = UNSET
    aliases: _Aliases | UnsetType = UNSET
