"""Billing runs: what is billed, when, once."""

from datetime import date

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from support.accounts import Account, noon
from support.billing import at, invoices, run_billing, totals

from pricingsite.models.invoices import Invoice, InvoiceLine


def test_a_month_is_billed_when_it_is_over(session: Session, account: Account) -> None:
    account.subscribe("A", "X")
    account.use(1500)
    assert run_billing(session, at(2026, 11, 30)).drafted == 0
    tally = run_billing(session, at(2026, 12, 1, 1))
    assert (tally.drafted, tally.issued) == (1, 1)
    (invoice,) = invoices(session)
    assert invoice.number == "INV-000001"
    assert totals(invoice) == ("975.00", "195.00", "1170.00")
    assert (invoice.billed_on, invoice.issued_on) == (date(2026, 12, 1), date(2026, 12, 1))
    assert [line.description for line in invoice.lines] == [
        "Platform access",
        "AI add-on: first 1,000 API calls",
        "AI add-on: API calls 1,001 to 2,500",
    ]


def test_running_again_changes_nothing(session: Session, account: Account) -> None:
    account.subscribe("A", "X")
    run_billing(session, at(2026, 12, 1))
    tally = run_billing(session, at(2026, 12, 1))
    assert (tally.drafted, tally.issued, len(invoices(session))) == (0, 0, 1)


def test_usage_that_arrives_in_the_grace_is_billed(session: Session, account: Account) -> None:
    account.subscribe("A", "X")
    tally = run_billing(session, at(2026, 12, 1, 0))
    assert (tally.drafted, tally.issued) == (1, 0)
    (draft,) = invoices(session)
    assert (draft.number, totals(draft)[0]) == (None, "750.00")
    account.use(1500)
    tally = run_billing(session, at(2026, 12, 1, 1))
    assert (tally.drafted, tally.issued) == (0, 1)
    (invoice,) = invoices(session)
    assert (invoice.id, invoice.number, totals(invoice)[0]) == (draft.id, "INV-000001", "975.00")


def test_several_periods_are_several_invoices(session: Session, account: Account) -> None:
    account.subscribe("A", "X", start=date(2026, 8, 31))
    account.use(1100, at=noon(2026, 10, 30))
    tally = run_billing(session, at(2026, 12, 1))
    assert (tally.drafted, tally.issued) == (3, 3)
    found = [(one.number, str(one.billed_on), totals(one)[0]) for one in invoices(session)]
    assert found == [
        ("INV-000001", "2026-09-30", "750.00"),
        ("INV-000002", "2026-10-31", "795.00"),
        ("INV-000003", "2026-11-30", "750.00"),
    ]


def test_what_is_charged_in_advance_is_billed_on_its_first_day(
    session: Session, account: Account
) -> None:
    account.price("ADV", billing_type="in_advance")
    account.subscribe("ADV", "X")
    run_billing(session, at(2026, 11, 1, 0))
    run_billing(session, at(2026, 12, 1))
    first, second = invoices(session)
    assert totals(first)[0] == "500.00"
    assert [str(line.period_start) for line in second.lines] == ["2026-12-01", "2026-11-01"]
    assert totals(second)[0] == "750.00"


def test_an_issued_invoice_never_changes(session: Session, account: Account) -> None:
    account.subscribe("A", "X")
    run_billing(session, at(2026, 12, 1))
    session.commit()
    for change in (
        update(Invoice).values(net=1),
        delete(Invoice),
        update(InvoiceLine).values(net=1),
        delete(InvoiceLine),
    ):
        with pytest.raises(DBAPIError, match="never changes"):
            session.execute(change)
        session.rollback()
