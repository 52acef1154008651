"""Customers as programs name them: by id, or by an alias."""

from werkzeug.exceptions import NotFound

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import customers_of


def customer_named(name: str) -> Customer:
    """The customer of an id or alias; 404 where there is none."""
    # PostgreSQL cannot even be asked for a NUL.
    customer_id = None if "\0" in name else customers_of(db.session(), [name]).get(name)
    if customer_id is None:
        raise NotFound(f"No customer is known as {name!r}.")
    return db.session.get_one(Customer, customer_id)
