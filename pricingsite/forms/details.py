"""A customer's details, as its members change them."""

from typing import Any

from pricingsite.forms.base import BillingFields, Form, email, text
from pricingsite.models.customers import Customer
from pricingsite.services.customers.details import CustomerDetails


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

    def details(self) -> CustomerDetails:
        """What was typed, checked."""
        return CustomerDetails(
            contact_name=self.name.data, billing_email=self.email.data, **self.billing_values()
        )

    @staticmethod
    def values_of(customer: Customer) -> dict[str, Any]:
        """What the fields hold before anything is typed."""
        return {
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
