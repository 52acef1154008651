"""Customers as programs name them: by id, or by an alias."""

from werkzeug.exceptions import NotFound

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import find_customer


def customer_named(name: str) -> Customer:
    """The customer of an id or alias; 404 where there is none."""
    customer = find_customer(db.session(), name)
    if customer is None:
        raise NotFound(f"No customer is known as {name!r}.")
    return customer
