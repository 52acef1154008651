"""What is billed by hand: a draft issued at once, an invoice replaced by another."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import Account, noon
from support.billing import at, invoices, new_run, run_billing, totals

from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.balances.credit_notes import CreditError, credit
from pricingsite.services.balances.payments import mark_paid
from pricingsite.services.balances.standing import standings
from pricingsite.services.billing_run.by_hand import issue_now, replace_invoice
from pricingsite.services.invoices.drafts import DraftError, hold


def statuses(session: Session) -> list[tuple[Any, ...]]:
    every = invoices(session)
    found = standings(session, every, today=at(2026, 12, 5).date())
    return [(one.number, found[one.id].status.value, str(found[one.id].balance)) for one in every]


def test_a_draft_is_issued_at_once_from_what_is_known(session: Session, account: Account) -> None:
    account.subscribe("A", "X")
    run_billing(session, at(2026, 12, 1, 0))
    account.use(1500)
    (draft,) = invoices(session)
    issued = issue_now(session, new_run(at(2026, 12, 1, 0)), draft)
    assert issued is not None
    assert (issued.id, issued.number) == (draft.id, "INV-000001")
    assert totals(issued) == ("975.00", "195.00", "1170.00")
    assert session.scalars(select(OutboxMessage.template)).all() == ["invoice_issued"]
    assert run_billing(session, at(2026, 12, 3)).issued == 0


def test_a_draft_that_is_held_is_released_first(session: Session, account: Account) -> None:
    account.subscribe("A")
    run_billing(session, at(2026, 12, 1, 0))
    (draft,) = invoices(session)
    hold(session, draft, now=at(2026, 12, 1, 0))
    with pytest.raises(DraftError, match=r"is held: flask invoices release \d"):
        issue_now(session, new_run(at(2026, 12, 1, 0)), draft)


def test_an_invoice_is_replaced_by_one_with_the_details_of_now(
    session: Session, account: Account
) -> None:
    schedule = account.subscribe("A", "X")
    run_billing(session, at(2026, 12, 1))
    (invoice,) = invoices(session)
    mark_paid(session, invoice, now=at(2026, 12, 2))
    account.customer.legal_name, schedule.purchase_order = "Ashdown Holdings Ltd", "PO 7"
    session.flush()
    run = new_run(at(2026, 12, 5))
    session.refresh(invoice, ["customer"])
    note, new = replace_invoice(session, run, invoice, reason="Wrong company")
    assert new is not None
    assert (new.number, new.revision, new.replaces_id) == ("INV-000002", 1, invoice.id)
    assert (new.buyer["legal_name"], new.purchase_order) == ("Ashdown Holdings Ltd", "PO 7")
    assert (new.billed_on, str(new.issued_on)) == (invoice.billed_on, "2026-12-05")
    assert (note.cause, note.buyer["legal_name"]) == ("replaced", "Ashdown Ltd")
    assert totals(new) == totals(invoice) == ("750.00", "150.00", "900.00")
    # What was paid has paid the new one.
    assert statuses(session) == [
        ("INV-000001", "void", "0.00"),
        ("CN-000001", "paid", "0.00"),
        ("INV-000002", "paid", "0.00"),
    ]
    assert run_billing(session, at(2026, 12, 6)).issued == 0


def test_a_replaced_invoice_is_replaced_by_way_of_the_new_one(
    session: Session, account: Account
) -> None:
    account.subscribe("A")
    run_billing(session, at(2026, 12, 1))
    run = new_run(at(2026, 12, 5))
    (invoice,) = invoices(session)
    session.refresh(invoice, ["customer"])
    _, second = replace_invoice(session, run, invoice, reason="Wrong address")
    assert second is not None
    with pytest.raises(CreditError, match="Nothing of INV-000001 is left"):
        replace_invoice(session, run, invoice, reason="Wrong address")
    _, third = replace_invoice(session, run, second, reason="Wrong again")
    assert third is not None
    assert (third.number, third.revision) == ("INV-000003", 2)
    credit(session, third, None, reason="Never again", issue=run.issue)
    assert [status for _, status, _ in statuses(session) if status != "void"] == ["paid"] * 3


def test_late_usage_on_a_replaced_invoice_is_on_the_new_one(
    session: Session, account: Account
) -> None:
    account.subscribe("A", "X", start=date(2026, 6, 1))
    account.use(1000, at=noon(2026, 6, 10))
    run_billing(session, at(2026, 7, 1))
    account.use_late(100, at=noon(2026, 6, 30), now=at(2026, 7, 10))
    run_billing(session, at(2026, 8, 1))
    _, july = invoices(session)
    assert totals(july)[0] == "795.00"
    session.refresh(july, ["customer"])
    _, new = replace_invoice(session, new_run(at(2026, 12, 5)), july, reason="Wrong address")
    assert new is not None
    assert totals(new)[0] == "795.00"
    assert [line.description for line in new.lines] == [line.description for line in july.lines]
    run_billing(session, at(2026, 12, 6))
    assert sum(one.net for one in invoices(session)) == 75000 * 6 + 4500


def test_late_usage_since_an_invoice_is_on_the_one_that_replaces_it(
    session: Session, account: Account
) -> None:
    account.subscribe("A", "X", start=date(2026, 6, 1))
    account.use(1000, at=noon(2026, 6, 10))
    run_billing(session, at(2026, 7, 1))
    account.use_late(100, at=noon(2026, 6, 30), now=at(2026, 7, 10))
    (june,) = invoices(session)
    session.refresh(june, ["customer"])
    replace_invoice(session, new_run(at(2026, 7, 11)), june, reason="Wrong address")
    run_billing(session, at(2026, 8, 1))
    assert [totals(one)[0] for one in invoices(session)] == [
        "750.00",
        "-750.00",
        "795.00",
        "750.00",
    ]


def test_what_goodwill_gave_before_is_billed_again_by_the_new_one(
    session: Session, account: Account
) -> None:
    account.subscribe("A", "X", start=date(2026, 6, 1))
    account.use(1000, at=noon(2026, 6, 10))
    run_billing(session, at(2026, 7, 1))
    (june,) = invoices(session)
    session.refresh(june, ["customer"])
    run = new_run(at(2026, 7, 5))
    credit(session, june, {2: june.money(5000)}, reason="Outage", issue=run.issue)
    replace_invoice(session, run, june, reason="Wrong address")
    account.use_late(100, at=noon(2026, 6, 30), now=at(2026, 7, 10))
    assert run_billing(session, at(2026, 7, 11)).credit_notes == 0
    run_billing(session, at(2026, 8, 1))
    nets = [totals(one)[0] for one in invoices(session)]
    assert nets == ["750.00", "-50.00", "-700.00", "750.00", "795.00"]
