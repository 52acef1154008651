"""E-mails about invoices wait without words, and each kind is sent once for an invoice."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.billing import at, invoices, run_billing

from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import Money
from pricingsite.services.billing_run.run_summary import RunSummary
from pricingsite.services.invoices.announcing import InvoiceMail, announce


def test_each_kind_is_sent_once_for_an_invoice(session: Session, account: Account) -> None:
    account.subscribe("A", "X")
    run_billing(session, at(2026, 12, 1))
    (invoice,) = invoices(session)
    for template in (InvoiceMail.ISSUED, InvoiceMail.PAID) * 2:
        announce(session, invoice, template, now=NOW)
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [(row.template, row.invoice_id, row.text) for row in rows] == [
        ("invoice_issued", 1, ""),
        ("invoice_paid", 1, ""),
    ]
    # In the order of invoices, so that those of a run are stored side by side.
    assert all(row.message_id.startswith("<0000000001.") for row in rows)
    assert all(row.message_id.endswith("@amara.example>") for row in rows)


def test_a_run_counts_what_it_did_by_currency() -> None:
    summary = RunSummary(drafted=3)
    assert not summary.is_news
    summary.add_invoices(2, Money(90000, "GBP"))
    summary.add_invoices(1, Money(5000, "USD"))
    summary.add_invoices(1, Money(10000, "GBP"))
    summary.add_credit_notes(1, Money(-7800, "GBP"))
    summary.add_waiting("held")
    summary.add_waiting("in grace", 2)
    assert str(summary) == "drafted 3, issued 4, credit notes 1, waiting 3"
    assert summary.totals == {"GBP": Money(100000, "GBP"), "USD": Money(5000, "USD")}
    assert summary.credited == {"GBP": Money(-7800, "GBP")}
    assert summary.reasons == {"held": 1, "in grace": 2}
    assert summary.is_news
    assert RunSummary(faults=["cus_1: no"]).is_news
