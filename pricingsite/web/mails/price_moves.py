"""Moves to a new price, each with the e-mail that tells its customer, in one transaction."""

from pricingsite.database import db
from pricingsite.services.price_moves.moving import (
    MoveChangedError,
    PlannedMove,
    PriceMove,
    make_move,
    plan_move,
)
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_later
from pricingsite.web.transaction import committing

# Its customer may change something at the same moment, and again.
_TRIES = 3


def move_and_tell(schedule_id: str, move: PriceMove) -> PlannedMove | None:
    """Move a schedule to a new price and tell its customer; None where nothing is to be moved.

    Raises `ScheduleError` where the schedule cannot have the new price.
    """
    for tries_left in reversed(range(_TRIES)):
        planned = plan_move(db.session(), schedule_id, move, now=now())
        if planned is None:
            return None
        email, to = _render(planned, move), planned.customer.billing_email
        key = f"price-move:{schedule_id}:{move.new.id}:{planned.on}"
        try:
            with committing(db.session):
                make_move(db.session(), planned, move, now=now())
                send_later(email, key=key, to=to)
        except MoveChangedError:
            if not tries_left:
                raise
        else:
            return planned
    raise AssertionError


def _render(planned: PlannedMove, move: PriceMove) -> Email:
    return render_email(
        "price_move",
        planned=planned,
        customer=planned.customer,
        old=move.old.terms,
        new=move.new.terms,
        account_url=absolute("account.estimate.show"),
    )
