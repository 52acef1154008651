"""Balances add up, whatever is paid, credited, refunded and written off, in any order."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.billing import PREFIXES
from support.invoices import FEE, make_invoice, tier

from pricingsite.models.invoices import Invoice, Settlement, SettlementKind
from pricingsite.pricing import Money
from pricingsite.services.balances.credit_notes import CreditError, credit, creditable
from pricingsite.services.balances.customer_credit import apply_credits
from pricingsite.services.balances.payments import PaymentError, mark_paid, refund, write_off
from pricingsite.services.balances.standing import InvoiceStatus, Standing, standings
from pricingsite.services.invoices.reading import get_invoice, invoices_of
from pricingsite.services.invoices.storing import Issue

TODAY = date(2026, 11, 23)
ISSUE = Issue(prefixes=PREFIXES, clock=lambda: NOW)
MONTHS = [date(2026, month, 1) for month in (9, 10, 11)]
# Amounts at which something happens: pennies, parts, a line, an invoice of 300.00 in all, more.
AMOUNTS = st.sampled_from([1, 7, 4_999, 5_000, 10_000, 19_999, 20_000, 30_000, 31_000, 95_000])


def pay(session: Session, invoice: Invoice, amount: Money, _line: int) -> None:
    mark_paid(session, invoice, amount=amount, now=NOW)


def pay_all(session: Session, invoice: Invoice, _amount: Money, _line: int) -> None:
    mark_paid(session, invoice, now=NOW)


def credit_part(session: Session, invoice: Invoice, amount: Money, line: int) -> None:
    credit(session, invoice, {line: amount}, reason="Outage", issue=ISSUE)


def credit_all(session: Session, invoice: Invoice, _amount: Money, _line: int) -> None:
    credit(session, invoice, None, reason="Mistake", issue=ISSUE)


def give_back(session: Session, invoice: Invoice, amount: Money, _line: int) -> None:
    refund(session, invoice, amount, now=NOW)


def give_up(session: Session, invoice: Invoice, _amount: Money, _line: int) -> None:
    write_off(session, invoice, "Insolvent", now=NOW)


Step = tuple[Callable[..., None] | None, int, int, int]
# Without anything to do, the next month is billed.
ACTS = [None, pay, pay_all, credit_part, credit_all, give_back, give_up]
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 7), AMOUNTS, st.integers(1, 3)),
    min_size=1,
    max_size=12,
)


def do(session: Session, account: Account, step: Step) -> None:
    """Do a step to one of the customer's invoices, if it can be done."""
    act, which, minor, line = step
    every = sorted(invoices_of(session, account.customer.id), key=lambda one: one.id)
    if act:
        invoice = get_invoice(session, every[which % len(every)].id)
        act(session, invoice, Money(minor, "GBP"), line)
    elif len(every) < len(MONTHS):
        lines = [FEE | {"unit_price": Decimal(200)}, tier("1", 100, "0.5"), tier("2", 0, "0")]
        make_invoice(session, account, lines=lines, billed_on=MONTHS[len(every)])
        apply_credits(session, [account.customer.id], now=NOW)


def check(session: Session, account: Account) -> None:
    every = invoices_of(session, account.customer.id, with_lines=True)
    found = standings(session, every, today=TODAY)
    for invoice in every:
        check_one(invoice, found[invoice.id])
        if not invoice.is_credit_note:
            left = creditable(session, invoice)
            assert all(
                0 <= rest <= line.net for rest, line in zip(left.lines, invoice.lines, strict=True)
            )
            assert all(rest >= 0 for rest in (*left.net.values(), *left.tax.values()))
    rows = session.scalars(select(Settlement)).all()
    paid, refunded, lost = (
        sum(row.amount for row in rows if row.kind is kind)
        for kind in (SettlementKind.PAYMENT, SettlementKind.REFUND, SettlementKind.WRITE_OFF)
    )
    assert refunded <= paid
    check_sums(every, found.values(), paid - refunded, lost)


def check_one(invoice: Invoice, of: Standing) -> None:
    parts = (of.paid, of.credited, of.written_off, of.balance)
    assert sum(part.minor for part in parts) == invoice.gross
    if invoice.is_credit_note:
        assert invoice.gross <= of.balance.minor <= 0
        return
    assert of.written_off.minor >= 0
    assert of.credited.minor >= 0
    assert of.paid.minor >= 0
    assert of.balance.minor <= invoice.gross
    assert (of.status is InvoiceStatus.ISSUED) <= (of.balance.minor == invoice.gross)


def check_sums(
    every: Iterable[Invoice], found: Iterable[Standing], received: int, lost: int
) -> None:
    """All that was billed less all that was received is what is open, and what was given up."""
    open_ = sum(one.balance.minor for one in found)
    given_up = sum(one.written_off.minor for one in found)
    assert sum(invoice.gross for invoice in every) - received == open_ + given_up
    assert 0 <= given_up <= lost
    # Nobody owes and is owed at once.
    owed = [one.balance.minor for one in found]
    assert min(owed, default=0) >= 0 or max(owed, default=0) <= 0


@settings(
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_balances_add_up_and_stay_within_their_bounds(
    session: Session, account: Account, steps: list[Step]
) -> None:
    savepoint = session.begin_nested()
    for step in [(None, 0, 0, 0), *steps]:
        try:
            with session.begin_nested():
                do(session, account, step)
        except (PaymentError, CreditError):
            # What is refused leaves everything as it was.
            session.expire_all()
        check(session, account)
    savepoint.rollback()
    session.expire_all()
