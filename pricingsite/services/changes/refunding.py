"""Giving back what was paid of an end's credit notes, as money that has been refunded."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice
from pricingsite.pricing import Money
from pricingsite.services.balances.payments import refund
from pricingsite.services.balances.standing import standings
from pricingsite.services.merchant import get_merchant


def refund_credit_notes(
    session: Session, notes: Sequence[Invoice], *, now: datetime
) -> tuple[Money, ...]:
    """Record what is left of credit notes as refunded; how much of each that is.

    They have paid the customer's open invoices before, so that it is never more than was paid.
    """
    found = standings(session, notes, today=get_merchant(session).today(now))
    amounts = tuple(
        max(-found[note.id].balance, Money(0, note.currency), key=lambda one: one.minor)
        for note in notes
    )
    for note, amount in zip(notes, amounts, strict=True):
        if amount.minor:
            refund(session, note, amount, now=now)
    return amounts
