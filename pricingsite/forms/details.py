"""A customer's details, as its members change them."""

import re
from collections.abc import Sequence
from typing import Any

from wtforms import Field, TextAreaField
from wtforms.validators import Optional, StopValidation

from pricingsite.forms.base import BillingFields, Form, email, squeeze, text
from pricingsite.forms.customer_details import copy_addresses
from pricingsite.models.customers import Customer
from pricingsite.services.access.users import EmailError, normalise_email
from pricingsite.services.customers.copies import MOST_COPIES
from pricingsite.services.customers.details import CustomerDetails
from pricingsite.services.schedules.purchase_orders import LONGEST_PURCHASE_ORDER, PurchaseOrder

_BETWEEN = re.compile(r"[\s,;]+")


class DetailsForm(BillingFields, Form):
    """Who is billed, where, and where bills are sent."""

    name = text(
        "Contact name", "Enter the name of the person we address bills to", autocomplete="name"
    )
    email = email(
        "Billing e-mail",
        "Enter the e-mail address for bills",
        hint="We send bills and notices to this address. You still sign in with your own.",
    )

    copies = TextAreaField(
        "Copies to",
        description=f"Up to {MOST_COPIES} more addresses that get invoices, reminders and receipts "
        "as well, one a line.",
        filters=[squeeze],
        validators=[Optional()],
        render_kw={"rows": 3},
    )
    purchase_order = text(
        "Purchase order reference",
        most=LONGEST_PURCHASE_ORDER,
        hint="Printed on your invoices from the next one on.",
    )

    def validate_copies(self, field: Field) -> None:
        typed = _addresses(field.data)
        if len(typed) > MOST_COPIES:
            raise StopValidation(f"Enter {MOST_COPIES} addresses for copies or fewer")
        for one in typed:
            try:
                normalise_email(one)
            except EmailError:
                raise StopValidation(
                    f"{one} is not an e-mail address in the right format, like name@example.com"
                ) from None

    def copy_addresses(self) -> list[str]:
        """The addresses for copies as they are stored, each once, without the billing e-mail."""
        return copy_addresses(self.email.data, _addresses(self.copies.data))

    def details(self) -> CustomerDetails:
        """What was typed, checked."""
        return CustomerDetails(
            contact_name=self.name.data, billing_email=self.email.data, **self.billing_values()
        )

    @staticmethod
    def values_of(
        customer: Customer, copies: Sequence[str], order: PurchaseOrder | None
    ) -> dict[str, Any]:
        """What the fields hold before anything is typed."""
        return {
            "copies": "\n".join(copies),
            **({"purchase_order": order.reference} if order else {}),
            "organization": customer.legal_name,
            "name": customer.contact_name,
            "email": customer.billing_email,
            "line1": customer.line1,
            "line2": customer.line2,
            "town": customer.town,
            "postcode": customer.postcode,
            "country": customer.country,
            "tax_id": customer.tax_id,
        }


def _addresses(typed: str | None) -> list[str]:
    """Each address of a list: one a line, or with a comma, a semicolon or a space between."""
    return [one for one in _BETWEEN.split(typed or "") if one]
