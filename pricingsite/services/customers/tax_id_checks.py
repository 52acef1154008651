"""Which tax ids wait for the online check, and what it answered.

A check is claimed for a while, asked with no transaction open, and recorded. Only a positive answer
about the number that the customer still has changes anything: its verification.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer, TaxIdCheck
from pricingsite.models.orders import Order
from pricingsite.services.customers.tax_ids import EUROPEAN
from pricingsite.services.customers.verification import lock_details, verify_tax_id

# Longer than any register is waited for.
_CLAIMED_FOR = timedelta(minutes=10)
_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(hours=6)
# After a failure nobody is asked for a while: the register is down more often than the number odd.
_REST = timedelta(minutes=1)
# A number that is new may not be in the register yet.
_ASK_AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ClaimedCheck:
    """A tax id to ask about: that of a customer."""

    customer_id: str
    tax_id: str


def claim_check(session: Session, *, home: str, now: datetime) -> ClaimedCheck | None:
    """The next tax id to ask about; nobody else is given it before the claim runs out.

    Those of customers outside `home`, the merchant's country, that nobody has verified. An order
    whose address is not confirmed yet waits.
    """
    rests = exists().where(TaxIdCheck.failed_at > now - _REST)
    if session.scalar(select(rests)):
        return None
    unconfirmed = exists().where(Order.customer_id == Customer.id, Customer.verified_at.is_(None))
    customer = session.scalar(
        select(Customer)
        .outerjoin(TaxIdCheck, TaxIdCheck.customer_id == Customer.id)
        .where(
            Customer.tax_id_valid,
            Customer.tax_evidence.is_(None),
            Customer.country.in_(EUROPEAN - {home}),
            or_(
                TaxIdCheck.customer_id.is_(None),
                TaxIdCheck.tax_id != Customer.tax_id,
                TaxIdCheck.due_at <= now,
            ),
            ~unconfirmed,
        )
        .order_by(TaxIdCheck.due_at, Customer.id)
        .limit(1)
        .with_for_update(of=Customer, skip_locked=True, key_share=True)
    )
    if customer is None or customer.tax_id is None:
        return None
    check = session.get(TaxIdCheck, customer.id) or TaxIdCheck(customer_id=customer.id)
    if check.tax_id != customer.tax_id:
        check.tax_id, check.attempts, check.valid = customer.tax_id, 0, None
    check.attempts, check.due_at = check.attempts + 1, now + _CLAIMED_FOR
    session.add(check)
    session.flush()
    return ClaimedCheck(customer.id, customer.tax_id)


def record_answer(
    session: Session,
    claimed: ClaimedCheck,
    *,
    valid: bool,
    consultation: str | None,
    by: str,
    now: datetime,
) -> None:
    """Store what a register answered; a valid tax id is verified from now on.

    Nothing is changed where the customer has another tax id by now, or was verified meanwhile.
    """
    customer = session.get_one(Customer, claimed.customer_id)
    lock_details(session, customer)
    check = session.get_one(TaxIdCheck, claimed.customer_id, populate_existing=True)
    if customer.tax_id != claimed.tax_id or check.tax_id != claimed.tax_id:
        return
    check.valid, check.consultation, check.answered_at = valid, consultation, now
    # A verification that is taken back is asked for again at once.
    check.due_at = now if valid else now + _ASK_AGAIN
    check.last_error = check.failed_at = None
    if valid and customer.tax_evidence is None:
        verify_tax_id(session, customer, consultation=consultation, by=by, now=now)
    session.flush()


def record_failure(session: Session, claimed: ClaimedCheck, why: str, *, now: datetime) -> None:
    """Ask again in five minutes, then ten, then twenty, up to six hours; nothing else changes."""
    check = session.get_one(TaxIdCheck, claimed.customer_id)
    wait = min(_FIRST_RETRY * 2 ** min(check.attempts - 1, 16), _LONGEST_RETRY)
    check.last_error, check.failed_at, check.due_at = why, now, now + wait
    session.flush()
