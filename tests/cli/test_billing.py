"""`flask billing run`, as it is typed."""

from collections.abc import Iterator

import pytest
from flask import Flask
from support.accounts import Account
from support.billing import invoices

from pricingsite.database import db
from pricingsite.web.clock import now


@pytest.fixture
def account(app: Flask) -> Iterator[Account]:
    """A customer of Scale since 1 September; the clock stands on 23 November."""
    with app.app_context():
        account = Account(db.session())
        account.subscribe("A", "X", start=now().date().replace(month=9, day=1))
        db.session.commit()
        yield account


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["billing", "run", *arguments])
    return result.exit_code, result.output


def test_a_run_says_what_it_did(app: Flask, account: Account) -> None:
    assert run(app) == (0, "drafted 2, issued 2, credit notes 0, waiting 0\n")
    assert run(app) == (0, "drafted 0, issued 0, credit notes 0, waiting 0\n")
    assert [one.number for one in invoices(account.session)] == ["INV-000001", "INV-000002"]


def test_a_day_limits_what_is_billed_and_dates_nothing(app: Flask, account: Account) -> None:
    assert run(app, "--as-of", "2026-10-31")[1].startswith("drafted 1, issued 1,")
    (invoice,) = invoices(account.session)
    assert str(invoice.issued_on) == "2026-11-23"


def test_a_day_to_come_is_refused(app: Flask, account: Account) -> None:
    code, output = run(app, "--as-of", "2026-12-01")
    assert code == 2
    assert "2026-12-01 is later than today" in output
    assert not invoices(account.session)


def test_drafts_can_be_held_for_a_look(app: Flask, account: Account) -> None:
    assert run(app, "--hold") == (0, "drafted 2, issued 0, credit notes 0, waiting 2\n")
    assert run(app) == (0, "drafted 0, issued 0, credit notes 0, waiting 2\n")
    app.test_cli_runner().invoke(args=["invoices", "release", "2"])
    assert run(app) == (0, "drafted 0, issued 1, credit notes 0, waiting 1\n")
    assert [one.number for one in invoices(account.session)] == [None, "INV-000001"]
