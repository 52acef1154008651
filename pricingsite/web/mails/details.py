"""The e-mail that says that a customer's details were changed, to the old and the new address."""

from collections.abc import Sequence
from uuid import uuid4

from pricingsite.models.customers import Customer
from pricingsite.pricing import TaxTreatment
from pricingsite.services.billing.tax import tax_status_of
from pricingsite.services.customers.details import CustomerDetails, unverifies
from pricingsite.web.clock import now
from pricingsite.web.mails.rendering import Email, render_email, send_within_quota
from pricingsite.web.merchant import current_merchant, current_tax


def details_email(
    customer: Customer,
    details: CustomerDetails,
    taxed: str,
    *,
    copies: Sequence[str] = (),
    purchase_order: str | None = None,
) -> Email:
    """Render it, before the details are stored; `taxed` is what `now_taxed` says."""
    return render_email(
        "details_changed",
        customer_id=customer.id,
        details=details,
        copies=copies,
        purchase_order=purchase_order,
        moment=now(),
        taxed=taxed,
    )


def now_taxed(customer: Customer, details: CustomerDetails) -> str:
    """What is said where new details take back why a customer was not taxed."""
    status = tax_status_of(current_merchant(), customer)
    if status.treatment is TaxTreatment.STANDARD or not unverifies(customer, details):
        return ""
    name = current_tax().name
    return f" What we had verified no longer applies, so {name} is charged from now on."


def send_to_each(email: Email, addresses: set[str]) -> None:
    """Tell the old and the new billing address, so that nobody is cut off without knowing."""
    change = uuid4().hex
    for address in sorted(addresses):
        send_within_quota(email, key=f"details:{change}:{address}", to=address)
