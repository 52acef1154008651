"""What customers have with the merchant, set against what they owe.

A credit note lowers its own invoice first, then the one that replaces it; what is left of it, or
of a payment that was too much, pays the invoices that are open, the earliest due first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import product

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.services.balances.lifting import lift_suspension
from pricingsite.services.balances.standing import InvoiceStatus, standings, unpaid_amount
from pricingsite.services.customers.aliases import each_of
from pricingsite.services.customers.locks import lock_balances
from pricingsite.services.merchant import get_merchant
from pricingsite.services.messages.webhooks import EventType, record_events


def apply_credits(session: Session, customer_ids: Iterable[str], *, now: datetime) -> int:
    """Set what these customers have against what they owe; how many credits that took.

    Doing it again changes nothing. It locks those who have anything: a transaction that takes
    invoice numbers, too, locks its customers before.
    """
    owners = session.scalars(_owners(session, customer_ids)).all()
    if not owners:
        return 0
    lock_balances(session, owners)
    today = get_merchant(session).today(now)
    set_off = [one for owner in owners for one in _set_off(session, owner, today)]
    made = [
        Settlement(
            invoice_id=target.id,
            source_id=source.id,
            kind=SettlementKind.CREDIT,
            amount=amount,
            settled_on=today,
            recorded_at=now,
        )
        for source, target, amount, _ in set_off
    ]
    session.add_all(made)
    session.flush()
    tell_paid(session, [target for _, target, _, is_paid in set_off if is_paid], now=now)
    for owner in owners:
        lift_suspension(session, owner, today=today, now=now)
    return len(made)


def tell_paid(session: Session, invoices: Sequence[Invoice], *, now: datetime) -> None:
    """Let the merchant's programs know of invoices that have just been paid in full."""
    if invoices:
        paid = [(one.customer_id, str(one.id)) for one in invoices]
        record_events(session, EventType.INVOICE_PAID, paid, now=now)


def _owners(session: Session, customer_ids: Iterable[str]) -> Select[str]:
    """Those of the customers who have anything."""
    customer = each_of(session, customer_ids)
    # A figure of each customer: PostgreSQL would look for the invoices that are below 0 among all.
    least = (
        select(func.min(unpaid_amount()))
        .where(Invoice.customer_id == customer, Invoice.number.is_not(None))
        .correlate(customer.table)
    )
    return select(customer).where(least.scalar_subquery() < 0).order_by(customer)


def _set_off(
    session: Session, customer_id: str, today: date
) -> Iterator[tuple[Invoice, Invoice, int, bool]]:
    """What goes from where to where, in minor units, and whether that one is paid by it."""
    open_ = session.scalars(
        select(Invoice)
        .where(
            Invoice.customer_id == customer_id, Invoice.number.is_not(None), unpaid_amount() != 0
        )
        .order_by(Invoice.due_on, Invoice.id)
    ).all()
    found = standings(session, open_, today=today)
    unpaid = {invoice.id: found[invoice.id].unpaid.minor for invoice in open_}
    for source, target in _pairs(open_, unpaid):
        # Only its own credit note takes the place of what was written off.
        kept = 0 if target.id == source.corrects_id else found[target.id].written_off.minor
        amount = min(-unpaid[source.id], unpaid[target.id] - kept)
        if amount > 0:
            unpaid[source.id] += amount
            unpaid[target.id] -= amount
            is_void = found[target.id].status is InvoiceStatus.VOID
            yield source, target, amount, not unpaid[target.id] and not is_void


def _pairs(open_: Sequence[Invoice], unpaid: dict[int, int]) -> list[tuple[Invoice, Invoice]]:
    """Who may pay whom, the nearest first."""
    sources = [invoice for invoice in open_ if unpaid[invoice.id] < 0]
    targets = [invoice for invoice in open_ if unpaid[invoice.id] > 0]
    pairs = [pair for pair in product(sources, targets) if pair[0].currency == pair[1].currency]
    return sorted(pairs, key=lambda pair: _distance(*pair))


def _distance(source: Invoice, target: Invoice) -> int:
    if source.corrects_id is None:
        return 2
    return [target.id, target.replaces_id, source.corrects_id].index(source.corrects_id)
