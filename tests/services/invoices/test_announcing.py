"""E-mails about invoices wait without words, and each kind is sent once for an invoice."""

from sqlalchemy import insert
from sqlalchemy.orm import Session
from support.accounts import NOW

from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import Money
from pricingsite.services.invoices.announcing import (
    Announcement,
    InvoiceMail,
    announcement_rows,
)
from pricingsite.services.invoices.run_summary import RunSummary


def test_many_announcements_are_rows_to_insert(amara: Session) -> None:
    wanted = [
        Announcement(template, number, "ada@ashdown.example")
        for number in (1, 2)
        for template in (InvoiceMail.ISSUED, InvoiceMail.PAID)
    ]
    rows = list(announcement_rows(amara, wanted, now=NOW))
    assert [(row["template"], row["invoice_id"]) for row in rows] == [
        ("invoice_issued", 1),
        ("invoice_paid", 1),
        ("invoice_issued", 2),
        ("invoice_paid", 2),
    ]
    assert len({row["message_id"] for row in rows}) == 4
    assert all(row["message_id"].endswith("@amara.example>") for row in rows)
    assert rows == list(announcement_rows(amara, wanted, now=NOW))
    # No invoice is needed to see that the columns are all there.
    amara.execute(insert(OutboxMessage), [row | {"invoice_id": None} for row in rows])


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
