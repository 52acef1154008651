"""Credit notes of what changes to come gave back: each on the day that its change takes effect."""

from collections import defaultdict
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.changes import ChangeLine
from pricingsite.models.invoices import Invoice
from pricingsite.pricing import Money
from pricingsite.services.balances.credit_notes import credit, creditable
from pricingsite.services.billing_run.making import BillingRun
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.merchant import get_merchant
from pricingsite.wording.bills import not_used_from


def give_back(session: Session, run: BillingRun, after: int | None) -> int | None:
    """Issue the credit notes of one invoice that are due; None where there are no more."""
    last_day = run.last_day(get_merchant(session).today(run.issue.clock()))
    due = ChangeLine.invoice_id.is_not(None), ChangeLine.due_on <= last_day
    following = select(ChangeLine.invoice_id).where(*due, ChangeLine.invoice_id > (after or 0))
    invoice_id = session.scalar(following.order_by(ChangeLine.invoice_id).limit(1))
    if invoice_id is None:
        return None
    invoice = session.scalars(
        select(Invoice).where(Invoice.id == invoice_id).options(selectinload(Invoice.lines))
    ).one()
    lock_customers(session, [invoice.customer_id], exclusive=True)
    # Another run may have been a moment earlier.
    lines = session.scalars(select(ChangeLine).where(*due, ChangeLine.invoice_id == invoice_id))
    by_day: dict[date, dict[int, int]] = defaultdict(dict)
    for line in lines.all():
        by_day[line.due_on][line.place or 0] = -line.net
    for day, amounts in by_day.items():
        _credit(session, run, invoice, day, amounts)
    given = delete(ChangeLine).where(*due, ChangeLine.invoice_id == invoice_id)
    session.execute(given, execution_options={"synchronize_session": False})
    return invoice_id


def _credit(
    session: Session, run: BillingRun, invoice: Invoice, day: date, amounts: dict[int, int]
) -> None:
    """Credit amounts of an invoice's lines, as far as nothing was credited of them since."""
    left = creditable(session, invoice).lines
    taken = {
        place: Money(net, invoice.currency)
        for place, wanted in amounts.items()
        if (net := min(wanted, max(left[place - 1], 0)))
    }
    if taken:
        note = credit(session, invoice, taken, reason=not_used_from(day), issue=run.issue)
        run.summary.add_credit_notes(1, note.money(note.gross))
