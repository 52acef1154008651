"""How many invoices a billing run makes, beside a unit of work of the ORM for each customer."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest
from conftest import SECRET_KEY
from flask import Flask
from floors import Floors
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from support.billing import at, new_run
from support.factories import apply_amara
from support.many_customers import add_customers

from pricingsite.database import WRITING, db
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing.bills import bill_of, count
from pricingsite.services.billing.periods import billing_period_on
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing_run.run import STEPS
from pricingsite.services.invoices.numbering import numbered, take
from pricingsite.services.invoices.snapshots import buyer_details, seller_id
from pricingsite.services.merchant import read_seller
from pricingsite.services.usage.quantities import CustomerUsage
from pricingsite.settings import ROOT
from pricingsite.wording.bills import line_description

CUSTOMERS, BY_HAND = 100_000, 200
NOVEMBER = date(2026, 11, 1)
NOW = at(2026, 12, 1, 3)
RUN = [Path(sys.executable).parent / "flask", "billing", "run"]


@pytest.fixture
def session(app: Flask) -> Session:
    with app.app_context():
        apply_amara(db.session())
        db.session.commit()
        yield db.session()


def environment(app: Flask) -> dict[str, str]:
    settings = {
        "DATABASE_URL": app.config["DATABASE_URL"],
        "INSTANCE_PATH": app.instance_path,
        "SECRET_KEY": SECRET_KEY,
        "NOW": NOW.isoformat(),
    }
    return os.environ | {f"PRICINGSITE_{name}": value for name, value in settings.items()}


def test_a_run_of_a_hundred_thousand(app: Flask, session: Session, floors: Floors) -> None:
    add_customers(session, CUSTOMERS, month=NOVEMBER, days=10)
    session.close()
    start = perf_counter()
    runs = [subprocess.Popen(RUN, cwd=ROOT, env=environment(app)) for _ in range(2)]
    peaks = []
    for run in runs:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = status
        peaks.append(used.ru_maxrss / 1024)
    took = perf_counter() - start
    assert [run.returncode for run in runs] == [0, 0]
    assert session.scalar(select(func.count()).select_from(Invoice)) == CUSTOMERS
    floors.note("invoices a second, two processes on two cores", CUSTOMERS / took)
    floors.note("MB of memory of a run at its most", max(peaks))


def test_a_run_beside_the_orm(session: Session, floors: Floors) -> None:
    add_customers(session, 5_000 + BY_HAND, month=NOVEMBER, days=10)
    ids = session.scalars(select(BillingSchedule.id).order_by(BillingSchedule.id)).all()
    session.rollback()
    start = perf_counter()
    for schedule_id in ids[:BY_HAND]:
        bill_by_hand(session, schedule_id)
    by_hand = BY_HAND / (perf_counter() - start)
    start = perf_counter()
    bill_all(session)
    floors.hold(
        "invoices a second / by the ORM, one by one",
        5_000 / (perf_counter() - start) / by_hand,
        least=20,
    )


def test_nothing_due_costs_the_same_however_many_there_are(session: Session) -> None:
    counts = []
    for _ in range(2):
        statements: list[str] = []
        if not counts:
            add_customers(session, 100, month=NOVEMBER, days=1)
            bill_all(session)
        session.rollback()
        listen = lambda *args: statements.append(args[2])  # noqa: B023, E731
        event.listen(db.engine, "before_cursor_execute", listen)
        bill_all(session)
        event.remove(db.engine, "before_cursor_execute", listen)
        # On SQLite alone the beginning of a transaction is a statement.
        counts.append(sum(not one.startswith("BEGIN") for one in statements))
    assert counts[0] == counts[1] <= 12


def bill_all(session: Session) -> None:
    run = new_run(NOW)
    for step in STEPS:
        after = None
        while True:
            session.rollback()
            session.connection(execution_options={WRITING: True})
            after = step(session, run, after)
            session.commit()
            session.expunge_all()
            if after is None:
                break


def bill_by_hand(session: Session, schedule_id: str) -> None:
    """What a programmer writes first: read, work out, add, commit."""
    session.rollback()
    session.connection(execution_options={WRITING: True})
    schedule = session.get_one(BillingSchedule, schedule_id)
    customer = session.get_one(Customer, schedule.customer_id)
    seller = read_seller(session)
    period = billing_period_on(schedule, NOVEMBER)
    counted = count(CustomerUsage(session, customer.id), period, period.due)
    treatment = tax_treatment(seller.merchant, customer)
    bill = bill_of(period, counted, tax_rate(seller.rates, treatment, period.invoice_on))
    invoice_id = take(session, "id", 1)
    for n, line in enumerate(bill.every_line):
        session.add(
            InvoiceLine(
                invoice_id=invoice_id,
                position=n,
                schedule_id=schedule.id,
                billed_on=period.invoice_on,
                revision=0,
                kind=line.kind,
                price_id=line.price_id,
                sequence=n,
                period_start=line.period.start,
                period_end=line.period.end,
                description=line_description(line),
                quantity=line.quantity,
                unit_price=line.unit_price,
                flat_fee=line.flat_fee,
                tax_rate=line.tax_rate,
                net=line.net.minor,
            )
        )
    session.flush()
    session.add(
        Invoice(
            id=invoice_id,
            kind=InvoiceKind.INVOICE,
            number=numbered("INV-", take(session, "invoice", 1)),
            customer_id=customer.id,
            schedule_id=schedule.id,
            billed_on=period.invoice_on,
            currency=bill.currency,
            period_start=bill.period.start,
            period_end=bill.period.end,
            net=bill.net.minor,
            tax=bill.tax.minor,
            gross=bill.gross.minor,
            tax_lines=[],
            tax_treatment=treatment,
            tax_point=period.invoice_on,
            seller_id=seller_id(session, seller.merchant),
            buyer=buyer_details(customer),
            language="en-GB",
            drafted_at=NOW,
            ready_at=NOW,
            issued_at=NOW,
            issued_on=NOW.date(),
            due_on=NOW.date(),
        )
    )
    schedule.next_invoice_on = date(2027, 1, 1)
    session.commit()
    session.expunge_all()
