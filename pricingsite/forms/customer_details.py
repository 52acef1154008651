"""A customer's details as programs and commands give them: each text checked, none asked for again.

The rules are those of the site's forms, but the merchant itself may leave an address out, and names
any country.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pricingsite.forms.base import LONGEST_EMAIL, squeeze, unwritable
from pricingsite.services.access.users import EmailError, normalise_email
from pricingsite.services.customers.details import CustomerDetails
from pricingsite.wording.countries import country_codes

MOST_CHARACTERS = {
    "legal_name": 200,
    "billing_email": LONGEST_EMAIL,
    "country": 2,
    "contact_name": 200,
    "line1": 200,
    "line2": 200,
    "town": 200,
    "postcode": 20,
    "tax_id": 30,
}
_NEEDED = {"legal_name", "billing_email", "country"}


class DetailError(ValueError):
    """A text that a customer cannot have; the message says why."""


def checked_detail(name: str, value: str | None) -> str | None:
    """One of a customer's details, by the name that `CustomerDetails` has for it, tidied up.

    Raises `DetailError`.
    """
    text = squeeze(value) or None
    if text is None:
        if name in _NEEDED:
            raise DetailError("it must not be empty")
        return None
    if why := unwritable(text):
        raise DetailError(f"it {why}")
    if len(text) > MOST_CHARACTERS[name]:
        raise DetailError(f"it must be {MOST_CHARACTERS[name]} characters or fewer")
    return _of_its_kind(name, text)


def _of_its_kind(name: str, text: str) -> str:
    if name == "country" and text not in country_codes():
        raise DetailError(f"{text!r} is not an ISO 3166 code such as GB")
    if name == "billing_email":
        try:
            return normalise_email(text)
        except EmailError as error:
            raise DetailError(str(error)) from None
    return text


def copy_addresses(billing_email: str, addresses: Iterable[str]) -> list[str]:
    """Addresses for copies as they are stored, each once, without the billing e-mail.

    Raises `EmailError`.
    """
    own = {normalise_email(billing_email): None}
    return list(own | dict.fromkeys(map(normalise_email, addresses)))[1:]


def details_of(values: Mapping[str, str | None]) -> CustomerDetails:
    """Details that have been checked, as services take them."""
    known: dict[str, Any] = dict(values)
    return CustomerDetails(**known)
