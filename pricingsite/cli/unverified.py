"""Orders that nobody verified: ended after a while, and erased a while after that.

`flask outbox deliver` does it; an order is a transaction, and the fault of one holds up no other.
"""

from datetime import timedelta

from flask import current_app

from pricingsite.database import db
from pricingsite.services.orders.unverified import (
    end_order,
    erase_order,
    orders_to_end,
    orders_to_erase,
)
from pricingsite.web.clock import now
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing


def sweep_unverified_orders() -> list[str]:
    """End and erase the orders that are due for it; the faults of those that failed."""
    ending, erasing = Sweep("it could not be ended"), Sweep("it could not be erased")
    days = timedelta(days=current_app.config["UNVERIFIED_ORDER_DAYS"])
    for reference in orders_to_end(db.session(), ordered_before=now() - days):
        with ending.each(f"order {reference}"), committing(db.session):
            end_order(db.session(), reference, now=now())
    for reference in orders_to_erase(db.session(), now=now()):
        with erasing.each(f"order {reference}"), committing(db.session):
            erase_order(db.session(), reference)
    db.session.rollback()  # The deliverer may sleep next, and should hold no snapshot then.
    return ending.faults + erasing.faults
