"""Billing runs at once, or killed at any moment: each invoice is made, and made once."""

import random
import signal
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload
from support.accounts import noon
from support.billers import run_at_once
from support.billing import at, run_billing
from support.factories import have_amara
from support.many_customers import add_customers

from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void

CUSTOMERS, CHUNK = 100, 10
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
NOW = at(2026, 12, 1)


def call(number: int, name: str, calls: int) -> Event:
    data = {"calls": Decimal(calls)}
    return Event(f"cus_{number:07}", "/gateway", name, "api_call", noon(2026, 10, 9), data)


@pytest.fixture
def due(session: Session) -> Session:
    """November is to be billed. Of October, some used less than they were billed, some more.

    Of those who used more some have ended.
    """
    have_amara(session)
    add_customers(session, CUSTOMERS, month=OCTOBER, days=0, starts=1)
    ended = [f"sch_{n:07}" for n in range(5, CUSTOMERS, 20)]
    ends = update(BillingSchedule).where(BillingSchedule.id.in_(ended)).values(end_date=NOVEMBER)
    session.execute(ends)
    users = range(0, CUSTOMERS, 5)
    used = [call(n, f"{n}-{calls}", calls) for n in users for calls in (1500, 900)]
    record(session, used, now=noon(2026, 10, 9))
    run_billing(session, at(2026, 11, 1))
    gone = [EventName(f"cus_{n:07}", "/gateway", f"{n}-900") for n in range(0, CUSTOMERS, 10)]
    void(session, gone, now=noon(2026, 11, 5))
    more = [call(n, f"{n}-100", 100) for n in range(5, CUSTOMERS, 10)]
    record(session, more, now=noon(2026, 11, 5))
    session.commit()
    return session


def nets_of(number: int) -> list[tuple[InvoiceKind, str, int]]:
    """Each document of a customer, in whole pence."""
    invoice, of_november = InvoiceKind.INVOICE, (InvoiceKind.INVOICE, str(DECEMBER), 75000)
    if number % 5:
        return [(invoice, str(NOVEMBER), 75000), of_november]
    october = (invoice, str(NOVEMBER), 138000)
    if number % 10 == 0:
        return [(InvoiceKind.CREDIT_NOTE, str(NOVEMBER), -40500), october, of_november]
    # What was used late is on the next invoice, or, where none comes, on one of that day.
    more = 4500 if number % 20 == 5 else 79500
    return [october, (invoice, str(DECEMBER), more)]


def check(app: Flask, session: Session) -> None:
    session.rollback()
    found: dict[str, list[tuple[InvoiceKind, str, int]]] = {}
    series: dict[InvoiceKind, list[str]] = {kind: [] for kind in InvoiceKind}
    documents = session.scalars(
        select(Invoice).order_by(Invoice.number).options(selectinload(Invoice.lines))
    ).all()
    for one in documents:
        assert one.number
        assert one.net == sum(line.net for line in one.lines)
        found.setdefault(one.customer_id, []).append((one.kind, str(one.billed_on), one.net))
        series[one.kind].append(one.number)
    assert found.keys() == {f"cus_{n:07}" for n in range(CUSTOMERS)}
    for n in range(CUSTOMERS):
        assert sorted(found[f"cus_{n:07}"]) == nets_of(n), n
    for kind, prefix in ((InvoiceKind.INVOICE, "INV-"), (InvoiceKind.CREDIT_NOTE, "CN-")):
        assert series[kind] == [f"{prefix}{n:06}" for n in range(1, len(series[kind]) + 1)]
    messages = session.scalars(select(OutboxMessage.invoice_id)).all()
    about = Counter(one for one in messages if one is not None)
    assert about == Counter(one.id for one in documents)
    session.rollback()
    checked = app.test_cli_runner().invoke(args=["check"])
    assert checked.exit_code == 0, checked.output


def test_runs_at_once_bill_everything_once(
    app: Flask, due: Session, database_url: str, tmp_path: Path
) -> None:
    ended = run_at_once(database_url, tmp_path, NOW, None, None, None, chunk=CHUNK)
    assert ended == [0, 0, 0]
    check(app, due)


def kill_again_and_again(
    app: Flask, session: Session, database_url: str, tmp_path: Path, seed: int
) -> None:
    at_random = random.Random(seed)  # noqa: S311 - moments, not secrets
    dying, killed = [20, 100], 0
    while True:
        ended = run_at_once(database_url, tmp_path, NOW, *dying, chunk=CHUNK)
        assert set(ended) <= {0, -signal.SIGKILL}
        killed += ended.count(-signal.SIGKILL)
        if not any(ended):
            break
        # Now and then early, now and then late: a run has some thousands of statements.
        dying = [int(10 ** at_random.uniform(1, 3.7)) for _ in range(2)]
    assert killed
    check(app, session)


def test_runs_that_are_killed_lose_nothing_and_bill_nothing_twice(
    app: Flask, due: Session, database_url: str, tmp_path: Path
) -> None:
    kill_again_and_again(app, due, database_url, tmp_path, seed=1)


@pytest.mark.every_life
@pytest.mark.parametrize("seed", range(2, 22))
def test_nor_do_they_wherever_they_are_killed(
    app: Flask, due: Session, database_url: str, tmp_path: Path, seed: int
) -> None:
    kill_again_and_again(app, due, database_url, tmp_path, seed=seed)
