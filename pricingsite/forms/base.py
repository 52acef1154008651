"""What the site's forms share: fields whose every error says what to do, and a billing address.

A form is strings in and a frozen command out; it asks the database nothing, so choices are passed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from babel import Locale
from flask import request
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, SelectField, StringField, ValidationError
from wtforms.validators import Length, Optional, StopValidation

from pricingsite.services.access.users import EmailError, normalise_email
from pricingsite.services.customers.tax_ids import have_vat_numbers
from pricingsite.wording.characters import CONTROL, hidden_character

_LOCALE = Locale("en", "GB")
LONGEST_EMAIL = 254


class Form(FlaskForm):
    """A form with its CSRF token; `data` is what its fields hold before anything is typed."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        # Only what a form sends as text: a file or a JSON body in a field's place is not text.
        sent = request.form if request.method == "POST" else None
        super().__init__(formdata=sent, data=data)  # type: ignore[no-untyped-call]

    def validated(self) -> bool:
        """Whether it was sent, and everything in it is right."""
        return bool(self.validate_on_submit())  # type: ignore[no-untyped-call]


def squeeze(value: str | None) -> str | None:
    """Text without the space around it or doubled in it."""
    return re.sub(r"[ \t]+", " ", value).strip() if value else value


def unwritable(text: str | None) -> str | None:
    """Why a text cannot stand on a line; None where it can, and where there is none."""
    if not text:
        return None
    if CONTROL.search(text):
        return "must not contain line breaks or control characters"
    if hidden := hidden_character(text):
        return f"contains a character that cannot be seen: {hidden}"
    return None


def _writable(_form: Form, field: Field) -> None:
    if why := unwritable(field.data):
        again = ". Delete this text and type it again." if "cannot be seen" in why else ""
        raise StopValidation(f"{field.label.text} {why}{again}")


def required(message: str) -> Callable[[Form, Field], None]:
    """Refuse an empty field with a message of its own."""

    def check(_form: Form, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(message)

    check.field_flags = {"required": True}  # type: ignore[attr-defined]
    return check


def text(
    label: str,
    missing: str | None = None,
    *,
    most: int = 200,
    autocomplete: str = "",
    hint: str = "",
) -> StringField:
    """A line of text: required with the message `missing`, optional without one."""
    first = required(missing) if missing else Optional()
    return StringField(
        label,
        description=hint,
        filters=[squeeze],
        validators=[
            first,
            _writable,
            Length(max=most, message=f"{label} must be {most} characters or fewer"),
        ],
        render_kw={"autocomplete": autocomplete} if autocomplete else {},
    )


def email(label: str, missing: str, *, hint: str = "", autocomplete: str = "email") -> EmailField:
    """An e-mail address by its shape; nobody is asked whether it exists."""
    return EmailField(
        label,
        description=hint,
        filters=[squeeze],
        validators=[required(missing), _writable, _email_shape],
        render_kw={"autocomplete": autocomplete},
    )


def _email_shape(_form: Form, field: Field) -> None:
    if len(field.data) > LONGEST_EMAIL:
        raise StopValidation(f"E-mail address must be {LONGEST_EMAIL} characters or fewer")
    try:
        normalise_email(field.data)
    except EmailError as error:
        raise StopValidation(str(error)) from None


class BillingFields:
    """Who is billed, and where; `offer_countries` fills in the choices."""

    organization = text("Company name", "Enter your company name", autocomplete="organization")
    line1 = text("Address line 1", "Enter address line 1", autocomplete="billing address-line1")
    line2 = text("Address line 2", autocomplete="billing address-line2")
    town = text("Town or city", "Enter your town or city", autocomplete="billing address-level2")
    postcode = text("Postcode", "Enter your postcode", most=20, autocomplete="billing postal-code")
    country = SelectField(
        "Country",
        validators=[required("Choose a country")],
        render_kw={"autocomplete": "billing country"},
        validate_choice=False,
    )
    tax_id = text(
        "VAT number",
        most=30,
        hint="For example GB 123 4567 82. Leave this empty if your company has none.",
    )

    def offer_countries(self, codes: Sequence[str]) -> None:
        """Offer the countries that the merchant sells to, by their names.

        Where none of them has VAT numbers, the form asks for none.
        """
        if not (self.tax_id.data or have_vat_numbers(codes)):
            del self.tax_id
        named = sorted((_LOCALE.territories.get(code, code), code) for code in codes)
        self.country.choices = [(code, name) for name, code in named]
        if len(named) > 1:
            self.country.choices.insert(0, ("", "Choose a country"))

    def validate_country(self, field: SelectField) -> None:
        if field.data not in {choice[0] for choice in field.choices or () if choice[0]}:
            raise ValidationError("Choose a country from the list")

    def billing_values(self) -> dict[str, Any]:
        """The fields as `CustomerDetails` names them."""
        return {
            "legal_name": self.organization.data,
            "line1": self.line1.data,
            "line2": self.line2.data or None,
            "town": self.town.data,
            "postcode": self.postcode.data,
            "country": self.country.data,
            "tax_id": (self.tax_id.data or None) if self.tax_id else None,
        }
