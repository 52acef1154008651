"""Customers as programs name them: by id, or by an alias, percent-encoded where it is in a path."""

from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import find_customer


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
