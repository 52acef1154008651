"""What a run works out before its transaction is billed only as long as it is still so."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from support.accounts import noon
from support.billing import at, invoices, new_run, run_billing
from support.factories import apply_amara
from support.many_customers import add_customers

from pricingsite.database import db
from pricingsite.models.customers import Customer, CustomerAlias
from pricingsite.services.billing_run.making import BillingRun
from pricingsite.services.billing_run.run import bill_due, prepare_due
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.recording import record
from pricingsite.web.transaction import committing

CUSTOMERS = 3


@pytest.fixture
def november(session: Session) -> Session:
    """A session on a database in which November is to be billed, and October is."""
    apply_amara(session)
    add_customers(session, CUSTOMERS, month=date(2026, 10, 1), days=0, starts=1)
    run_billing(session, at(2026, 11, 1))
    session.commit()
    return session


def a_run() -> BillingRun:
    return new_run(at(2026, 12, 1))


def bill(session: Session, run: BillingRun) -> None:
    with committing(session):
        bill_due(session, run, None)
    session.expunge_all()


def billed_in_december(session: Session) -> list[tuple[str, str, int]]:
    return [
        (one.customer_id[-1], one.buyer["legal_name"], one.net)
        for one in invoices(session)
        if one.billed_on == date(2026, 12, 1)
    ]


def test_what_changed_meanwhile_is_billed_as_it_is_now(november: Session) -> None:
    run = a_run()
    prepare_due(november, run, None)
    with Session(db.engine) as other:
        named = update(Customer).where(Customer.id == "cus_0000001")
        other.execute(named.values(legal_name="Renamed Ltd"))
        calls = {"calls": Decimal(1500)}
        used = Event("cus_0000002", "/gateway", "1", "api_call", noon(2026, 11, 9), calls)
        record(other, [used], now=noon(2026, 11, 9))
        other.commit()
    bill(november, run)
    assert billed_in_december(november) == [
        ("0", "Customer 0 Ltd", 75000),
        ("1", "Renamed Ltd", 75000),
        ("2", "Customer 2 Ltd", 97500),
    ]


@pytest.mark.parametrize("alias", [None, "another"])
def test_what_is_still_so_is_not_worked_out_again(
    november: Session, queries: Any, alias: str | None
) -> None:
    run = a_run()
    prepare_due(november, run, None)
    if alias:
        with Session(db.engine) as other:
            other.add(CustomerAlias(alias=alias, customer_id="cus_0000001"))
            other.commit()
    with queries(at_most=40) as seen:
        bill(november, run)
    assert [net for *_, net in billed_in_december(november)] == [75000] * CUSTOMERS
    is_sqlite = db.engine.dialect.name == "sqlite"
    assert any("usage_days" in one for one in seen) is not is_sqlite


def test_two_that_prepared_the_same_bill_it_once(november: Session) -> None:
    runs = [a_run(), a_run()]
    for run in runs:
        prepare_due(november, run, None)
    for run in runs:
        bill(november, run)
    assert len(billed_in_december(november)) == CUSTOMERS
