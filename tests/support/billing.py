"""Billing runs in tests: at a moment, as the command does them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.services.billing_run.making import BillingRun
from pricingsite.services.billing_run.run import STEPS
from pricingsite.services.billing_run.run_summary import RunSummary
from pricingsite.services.invoices.storing import Issue

PREFIXES = {InvoiceKind.INVOICE: "INV-", InvoiceKind.CREDIT_NOTE: "CN-"}


def at(year: int, month: int, day: int, hour: int = 2) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def new_run(now: datetime, **options: Any) -> BillingRun:
    issue = Issue(prefixes=PREFIXES, clock=lambda: now)
    return BillingRun(issue=issue, **({"grace": timedelta(hours=1), "late_days": 90} | options))


def run_billing(session: Session, now: datetime, **options: Any) -> RunSummary:
    """One whole run."""
    session.flush()
    run = new_run(now, **options)
    for step in STEPS:
        after = None
        while (after := step(session, run, after)) is not None:
            session.flush()
    session.expire_all()
    assert not run.summary.faults, run.summary.faults
    return run.summary


def invoices(session: Session) -> Sequence[Invoice]:
    """All of them, in the order in which they were made, with their lines."""
    statement = select(Invoice).order_by(Invoice.id).options(selectinload(Invoice.lines))
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def totals(invoice: Invoice) -> tuple[str, str, str]:
    """Net, VAT and gross."""
    net, tax, gross = (invoice.money(one) for one in (invoice.net, invoice.tax, invoice.gross))
    return str(net), str(tax), str(gross)
