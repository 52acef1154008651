"""`flask check`: quiet where promises are kept, a table for each that is broken."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import make_app
from flask import Flask
from sqlalchemy import delete, update
from support.accounts import NOW, Account, noon
from support.billing import at, run_billing

from pricingsite.database import db
from pricingsite.models.invoices import InvoiceCounter
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.messages.outbox import enqueue
from pricingsite.services.schedules.creating import AgreedTerms


@pytest.fixture
def account(app: Flask) -> Iterator[Account]:
    """A customer of Scale since August, billed up to 1 October; the clock stands in November."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", start=date(2026, 8, 1))
        account.use(1500, at=noon(2026, 8, 20))
        run_billing(db.session(), at(2026, 10, 1))
        db.session.execute(delete(OutboxMessage))
        db.session.commit()
        yield account


def check(app: Flask) -> tuple[int, str, str]:
    result = app.test_cli_runner().invoke(args=["check"])
    return result.exit_code, result.stdout, result.stderr


def test_it_is_quiet_where_all_is_well(app: Flask, account: Account) -> None:
    run_billing(account.session, NOW)
    account.session.execute(delete(OutboxMessage))
    account.session.commit()
    assert check(app) == (0, "all promises are kept\n", "")


def test_a_database_without_tables_is_told_of_in_words(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "instance")
    status, _, said = check(app)
    assert status == 1
    assert "run: flask db upgrade" in said
    with app.app_context():
        db.engine.dispose()


def test_what_waits_is_a_remark(app: Flask, account: Account) -> None:
    account.use_late(1100, at=noon(2026, 9, 9), now=NOW)
    account.session.commit()
    code, out, remarks = check(app)
    assert (code, out) == (0, "all promises are kept; 2 remarks\n")
    assert "INV-000002: usage has changed since" in remarks
    assert "what fell due on 2026-11-01 waits for a billing run" in remarks


def test_days_that_were_never_billed(app: Flask, account: Account) -> None:
    account.session.execute(update(BillingSchedule).values(next_invoice_on=date(2026, 12, 1)))
    account.session.commit()
    code, out, _ = check(app)
    assert code == 1
    title, header, row, *_ = out.splitlines()
    assert (title, header.split("\t")[-1]) == ("Days that were never billed", "net")
    assert row.split("\t")[2:] == ["2026-11-01", "750.00"]


def test_usage_that_was_changed_behind_its_back(app: Flask, account: Account) -> None:
    row = f"{account.customer.id}\tINV-000001\tX\t475.00\t430.00"
    account.session.execute(update(UsageDay).values(total=1600))
    account.session.commit()
    code, out, _ = check(app)
    assert code == 1
    assert "Rollups that are not what their events say\ncustomer\tmetric\tday" in out
    account.session.execute(update(UsageDay).values(total=1400))
    account.session.commit()
    assert "Invoices that no longer equal their recomputation\n" in check(app)[1]
    assert row in check(app)[1]


def test_customers_with_the_same_agreement(app: Flask, account: Account) -> None:
    for _ in range(2):
        account.another()
        account.subscribe("A", "X", start=date(2026, 10, 1))
    run_billing(account.session, at(2026, 11, 1))
    account.session.execute(delete(OutboxMessage))
    account.session.commit()
    code, out, _ = check(app)
    assert (code, out.partition(";")[0].strip()) == (0, "all promises are kept")


def test_usage_that_a_minimum_makes_up_for(app: Flask, account: Account) -> None:
    account.another()
    terms = AgreedTerms(minimum=Decimal(2000))
    account.subscribe("A", "X", start=date(2026, 10, 1), terms=terms)
    run_billing(account.session, at(2026, 11, 1))
    account.use_late(1500, at=noon(2026, 10, 9), now=noon(2026, 11, 5))
    run_billing(account.session, at(2026, 11, 6))
    account.session.execute(delete(OutboxMessage))
    account.session.commit()
    assert check(app)[0] == 0


def test_late_usage_that_a_discount_takes_off_whole(app: Flask, account: Account) -> None:
    """A period without usage has no invoice, and needs none then."""
    account.another()
    account.price("calls", like="X", structure={"model": "linear", "unit_price": "0.45"})
    whole = AgreedDiscount(code="as agreed", rate=Decimal(1), amount=None, periods=None)
    account.subscribe("calls", start=date(2026, 10, 1), terms=AgreedTerms(discount=whole))
    run_billing(account.session, at(2026, 11, 1))
    account.use_late(900, at=noon(2026, 10, 9), now=noon(2026, 11, 5))
    run_billing(account.session, at(2026, 11, 6))
    account.session.execute(delete(OutboxMessage))
    account.session.commit()
    assert check(app)[0] == 0


def test_numbers_that_are_missing(app: Flask, account: Account) -> None:
    account.session.execute(update(InvoiceCounter).values(last=InvoiceCounter.last + 2))
    run_billing(account.session, NOW)
    account.session.commit()
    code, out, _ = check(app)
    assert code == 1
    assert "INV-000005\t2 before it are missing" in out


def test_an_invoice_that_was_late_by_law(app: Flask, account: Account) -> None:
    code, out, _ = check(app)
    assert (code, out) == (0, "all promises are kept; 1 remark\n")
    run_billing(account.session, at(2026, 12, 5))
    account.session.commit()
    assert "INV-000003\t2026-11-01\t2026-12-01\t2026-12-05" in check(app)[1]


def test_an_email_that_is_stuck(app: Flask, account: Account) -> None:
    words = {"to": "ada@b.example", "subject": "A fact", "text": "Words"}
    message = enqueue(account.session, key="fact", now=noon(2026, 11, 20), **words)
    message.last_error, message.attempts = "no such mailbox", 9
    account.session.commit()
    code, out, _ = check(app)
    assert code == 1
    assert "ada@b.example\tno such mailbox" in out


def test_customers_who_agreed_on_the_same_are_checked_alike(app: Flask, account: Account) -> None:
    for _ in range(2):
        account.another()
        account.subscribe("A", "X", start=date(2026, 8, 1))
    run_billing(account.session, NOW)
    account.session.execute(delete(OutboxMessage))
    account.session.commit()
    # August and September were billed too late by law; nothing else is wrong.
    assert check(app)[1].startswith("Documents that were not issued in the time")
    assert "could not be checked" not in check(app)[1]
