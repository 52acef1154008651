"""What the merchant bills by hand: a draft issued at once, and an invoice replaced by another."""

from sqlalchemy.orm import Session

from pricingsite.models.invoices import ChangedUsage, CreditCause, Invoice
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import day_start
from pricingsite.services.balances.credit_notes import credit
from pricingsite.services.balances.customer_credit import apply_credits
from pricingsite.services.billing_run.drafting import Desk
from pricingsite.services.billing_run.making import BillingRun, remake
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.invoices.drafts import DraftError, claim_draft
from pricingsite.services.invoices.numbering import take
from pricingsite.services.invoices.reading import find_by_id

# Everything that a draft has of its own; the rest is made again.
_KEPT = (
    "kind",
    "customer_id",
    "schedule_id",
    "billed_on",
    "currency",
    "period_start",
    "period_end",
    "net",
    "tax",
    "gross",
    "tax_lines",
    "tax_treatment",
    "tax_point",
    "seller_id",
    "buyer",
    "language",
)


def issue_now(session: Session, run: BillingRun, draft: Invoice) -> Invoice | None:
    """Issue a draft without waiting for its grace to end, made again from what is known now.

    None where nothing of it is left to bill. Where it has to wait for something else, it is still
    a draft. Raises `DraftError`.
    """
    claimed = claim_draft(session, draft)
    if claimed.held_at is not None:
        raise DraftError(f"The draft {claimed.id} is held: flask invoices release {claimed.id}.")
    lock_customers(session, [claimed.customer_id], exclusive=True)
    return _issue(session, run, claimed)


def replace_invoice(
    session: Session, run: BillingRun, invoice: Invoice, *, reason: str
) -> tuple[Invoice, Invoice | None]:
    """Take an invoice back, and bill its day again with the customer's details as they are now.

    The credit note, and the new invoice; None where nothing of its day is left to bill. Raises
    `CreditError`.
    """
    lock_customers(session, [invoice.customer_id], exclusive=True)
    schedule = session.get_one(BillingSchedule, invoice.schedule_id)
    note = credit(
        session, invoice, None, reason=reason, cause=CreditCause.REPLACED, issue=run.issue
    )
    _bill_late_usage_again(session, invoice, schedule)
    now = run.issue.clock()
    draft = Invoice(
        id=take(session, "id", 1),
        revision=invoice.revision + 1,
        replaces_id=invoice.id,
        purchase_order=schedule.purchase_order,
        drafted_at=now,
        ready_at=now,
        **{name: getattr(invoice, name) for name in _KEPT},
    )
    session.add(draft)
    session.flush()
    return note, _issue(session, run, draft)


def _bill_late_usage_again(session: Session, invoice: Invoice, schedule: BillingSchedule) -> None:
    """Let the new invoice bill, too, what the old one had billed late for earlier days."""
    late = [line for line in invoice.lines if line.billed_on < invoice.billed_on]
    if not late:
        return
    since = min(line.period_start for line in late)
    mark = session.get(ChangedUsage, invoice.customer_id)
    if mark is None:
        # It was billed, and so did not come too late.
        first = day_start(min(line.billed_on for line in late), schedule.zone)
        mark = ChangedUsage(customer_id=invoice.customer_id, since=since, changed_at=first)
        session.add(mark)
    mark.since, mark.examined_at = min(mark.since, since), None
    session.flush()


def _issue(session: Session, run: BillingRun, draft: Invoice) -> Invoice | None:
    now = run.issue.clock()
    draft_id, customer_id = draft.id, draft.customer_id
    draft.ready_at = min(draft.ready_at, now)
    session.flush()
    remake(session, run, Desk(session, grace=run.grace, now=now), [draft])
    apply_credits(session, [customer_id], now=now)
    return find_by_id(session, draft_id)
