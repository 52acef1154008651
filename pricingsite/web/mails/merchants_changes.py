"""Changes that the merchant makes by hand or by a program, each with the e-mail that tells of it.

It is rendered from the quote that the change is then made as. An end at once has the e-mail of
every end, and none besides.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from pricingsite.database import db
from pricingsite.models.changes import ChangeKind, ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.services.changes.changing import (
    NOTHING_PENDING,
    Made,
    QuoteChangedError,
    undo_change,
)
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.leaving import data_until
from pricingsite.services.changes.plan_page import pending_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.web.clock import now
from pricingsite.web.links import absolute
from pricingsite.web.mails.changes import plan_named
from pricingsite.web.mails.rendering import Email, render_email, send_later
from pricingsite.web.transaction import committing

T = TypeVar("T")
# Its customer may change something at the same moment, and again.
_TRIES = 3
# Puts the e-mail about a change that was made into the outbox.
Tell = Callable[[Made], None]


def change_and_tell(
    quote_it: Callable[[], ChangeQuote],
    make: Callable[[str, Tell], T],
    *,
    kind: ChangeKind,
    to_plan: str | None,
) -> T:
    """Quote a change, and let `make` make it as it was quoted; it is given the quote's digest.

    In its transaction it says what it has made, so that the customer is told. Raises `ChangeError`
    and what `quote_it` and `make` do.
    """
    for _ in range(_TRIES):
        quote = quote_it()
        tell = _telling(quote, kind, to_plan)
        with suppress(QuoteChangedError):
            return make(quote.digest, tell)
        db.session.rollback()
    raise ChangeError("The customer is changing something at this moment. Try again.")


def _telling(quote: ChangeQuote, kind: ChangeKind, to_plan: str | None) -> Tell:
    email, to = _email(quote, kind, to_plan), quote.situation.customer.billing_email

    def tell(made: Made) -> None:
        if email is not None:
            send_later(email, key=f"change:{made.change.id}", to=to)

    return tell


def _email(quote: ChangeQuote, kind: ChangeKind, to_plan: str | None) -> Email | None:
    customer = quote.situation.customer
    if kind is ChangeKind.END:
        if quote.is_immediate and not quote.never_begins:
            return None
        return _render("plan_cancelled", customer, quote=quote, data_until=data_until(quote))
    if kind is ChangeKind.PAUSE:
        goes_on = next(one.start for one in quote.after.since(quote.on) if one.places)
        return _render("plan_paused", customer, quote=quote, goes_on=goes_on)
    plan, effects = plan_named(quote, to_plan), dated_effects_of(quote)
    return _render("plan_changed", customer, quote=quote, plan=plan, effects=effects)


def _render(name: str, customer: Customer, **context: Any) -> Email:
    url = absolute("account.plan.show")
    return render_email(name, customer=customer, plan_url=url, by_merchant=True, **context)


def undo_and_tell(customer: Customer) -> ScheduleChange:
    """Undo the change of a customer that is pending, and tell it so. Raises `ChangeError`."""
    customer_id, to = customer.id, customer.billing_email
    pending = pending_of(db.session(), customer_id, now=now())
    if pending is None:
        raise ChangeError(NOTHING_PENDING)
    shown = pending.id
    email = _render("plan_undone", customer, change=pending, plan=pending.from_plan)
    with committing(db.session):
        undone = undo_change(db.session(), customer_id, now=now())
        if undone.id != shown:
            raise ChangeError("What is pending has changed meanwhile. Look at it, and try again.")
        send_later(email, key=f"undo:{shown}", to=to)
    return undone
