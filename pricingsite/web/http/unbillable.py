"""Customers whose bill cannot be worked out from what is stored: they alone get a page of its own.

It is a 409, not a 5xx: the site works, and no proxy should take it for one that does not.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import Conflict, HTTPException

from pricingsite.database import db, is_away
from pricingsite.models.customers import Customer
from pricingsite.web.http.problems import Problem
from pricingsite.web.sweeps import log_once

_DETAIL = (
    "The bill of customer {} cannot be worked out from its billing schedule. Its usage is still "
    "counted. The server's log says what is wrong."
)


@contextmanager
def containing_faults(customer: Customer) -> Iterator[None]:
    """Work out something of a customer's bill; whatever its data breaks is logged once."""
    customer_id = customer.id
    try:
        yield
    except HTTPException:
        raise
    except Exception as error:
        if is_away(error):
            raise
        db.session.rollback()
        log_once(customer_id, "its bill cannot be worked out", error)
        raise Problem(Conflict.code, "unbillable", _DETAIL.format(customer_id)) from error
