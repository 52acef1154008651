"""Usage that comes, or goes, after its period was billed."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.accounts import Account, noon
from support.billing import at, invoices, run_billing, totals

from pricingsite.models.invoices import ChangedUsage, CreditCause, InvoiceKind, LineKind
from pricingsite.services.customers.verification import verify_tax_id
from pricingsite.services.usage.events import EventName
from pricingsite.services.usage.voiding import void

JUNE = date(2026, 6, 1)


def billed_june(session: Session, account: Account, *calls: int, price: str = "X") -> None:
    account.subscribe("A", price, start=JUNE)
    account.use(*calls, at=noon(2026, 6, 10))
    run_billing(session, at(2026, 7, 1))


def late(account: Account, calls: int, *, at_: tuple[int, int, int], now: tuple[int, ...]) -> None:
    account.use_late(calls, at=noon(*at_), now=at(*now))


def marks(session: Session) -> list[ChangedUsage]:
    return list(session.scalars(select(ChangedUsage)))


def void_first(
    session: Session, account: Account, *, now: tuple[int, int, int], event_id: str = "e2"
) -> None:
    name = EventName(subject=account.customer.id, source="/gateway", event_id=event_id)
    void(session, [name], now=at(*now))


def test_late_usage_is_on_the_next_invoice(session: Session, account: Account) -> None:
    billed_june(session, account, 1000)
    late(account, 100, at_=(2026, 6, 30), now=(2026, 7, 10))
    assert run_billing(session, at(2026, 7, 11)).issued == 0
    run_billing(session, at(2026, 8, 1))
    june, july = invoices(session)
    assert (totals(june)[0], totals(july)) == ("750.00", ("795.00", "159.00", "954.00"))
    adjusted = [line for line in july.lines if line.kind is LineKind.ADJUSTMENT]
    assert [(line.description, str(line.quantity), line.net) for line in adjusted] == [
        ("AI add-on: first 1,000 API calls", "1000", 25000),
        ("AI add-on: API calls 1,001 to 2,500", "100", 4500),
        ("AI add-on: billed before", "-1", -25000),
    ]
    assert {line.period.start for line in adjusted} == {JUNE}
    # Whose period is its own: June has an invoice.
    assert july.period == july.lines[0].period
    assert marks(session) == []


def test_it_is_billed_once_and_more_of_it_again(session: Session, account: Account) -> None:
    billed_june(session, account, 1000)
    late(account, 100, at_=(2026, 6, 30), now=(2026, 7, 10))
    run_billing(session, at(2026, 8, 1))
    late(account, 50, at_=(2026, 6, 29), now=(2026, 8, 2))
    run_billing(session, at(2026, 9, 1))
    run_billing(session, at(2026, 10, 1))
    assert [totals(one)[0] for one in invoices(session)] == ["750.00", "795.00", "772.50", "750.00"]


def test_voided_usage_is_credited_at_once(session: Session, account: Account) -> None:
    billed_june(session, account, 100, 2500)
    void_first(session, account, now=(2026, 7, 5))
    summary = run_billing(session, at(2026, 7, 5))
    assert (summary.issued, summary.credit_notes) == (0, 1)
    june, note = invoices(session)
    assert totals(june) == ("1490.00", "298.00", "1788.00")
    assert (note.number, note.kind, note.corrects_id) == ("CN-000001", InvoiceKind.CREDIT_NOTE, 1)
    assert totals(note) == ("-65.00", "-13.00", "-78.00")
    assert (note.cause, note.reason) == (
        CreditCause.USAGE,
        "Usage of 1 to 30 June 2026 was corrected.",
    )
    assert run_billing(session, at(2026, 7, 6)).credit_notes == 0
    run_billing(session, at(2026, 8, 1))
    assert totals(invoices(session)[-1])[0] == "750.00"


def test_voiding_in_the_grace_is_no_correction(session: Session, account: Account) -> None:
    account.subscribe("A", "X", start=JUNE)
    account.use(100, 2500, at=noon(2026, 6, 10))
    run_billing(session, at(2026, 6, 30, 23))
    void_first(session, account, now=(2026, 6, 30))
    run_billing(session, at(2026, 7, 1))
    (june,) = invoices(session)
    assert totals(june)[0] == "1425.00"


def test_what_comes_too_late_is_not_billed_but_voids_are_credited(
    session: Session, account: Account
) -> None:
    billed_june(session, account, 100, 2500)
    late(account, 900, at_=(2026, 6, 30), now=(2026, 9, 30))
    for month in (8, 9, 10, 11):
        run_billing(session, at(2026, month, 1))
    assert {totals(one)[0] for one in invoices(session)[1:]} == {"750.00"}


def test_late_usage_after_the_end_is_an_invoice_of_its_own(
    session: Session, account: Account
) -> None:
    account.subscribe("A", "X", start=JUNE, end=date(2026, 7, 16))
    run_billing(session, at(2026, 8, 1))
    assert [totals(one)[0] for one in invoices(session)] == ["750.00", "491.94"]
    late(account, 1100, at_=(2026, 7, 3), now=(2026, 8, 3))
    assert run_billing(session, at(2026, 8, 3)).issued == 1
    own = invoices(session)[-1]
    assert (totals(own)[0], own.billed_on) == ("45.00", date(2026, 8, 3))
    assert marks(session) == []
    assert run_billing(session, at(2026, 8, 4)).issued == 0


def test_late_usage_of_a_month_that_was_for_nothing_can_be_credited(
    session: Session, account: Account
) -> None:
    account.price("L", like="X", structure={"model": "linear", "unit_price": "0.45"})
    account.subscribe("L", start=JUNE)
    run_billing(session, at(2026, 7, 1))
    late(account, 100, at_=(2026, 6, 10), now=(2026, 7, 10))
    run_billing(session, at(2026, 8, 1))
    (july,) = invoices(session)
    assert totals(july)[0] == "45.00"
    void_first(session, account, now=(2026, 8, 5), event_id="e1")
    run_billing(session, at(2026, 8, 5))
    note = invoices(session)[-1]
    assert (totals(note)[0], note.corrects_id) == ("-45.00", july.id)


def test_late_usage_is_on_one_of_two_drafts(session: Session, account: Account) -> None:
    billed_june(session, account, 1000)
    late(account, 100, at_=(2026, 6, 30), now=(2026, 7, 10))
    for month in (8, 9):
        run_billing(session, at(2026, month, 1), grace=timedelta(days=60))
    run_billing(session, at(2026, 12, 1), until=date(2026, 9, 1))
    assert [totals(one)[0] for one in invoices(session)] == ["750.00", "795.00", "750.00"]


def test_a_draft_with_late_usage_is_made_again_as_it_was(
    session: Session, account: Account
) -> None:
    billed_june(session, account, 1000)
    late(account, 100, at_=(2026, 6, 30), now=(2026, 7, 10))
    made = []
    for day in (1, 2):
        late(account, 1, at_=(2026, 7, 20), now=(2026, 8, day))
        run_billing(session, at(2026, 8, day), grace=timedelta(days=60))
        lines = invoices(session)[1].lines
        made.append([one.sequence for one in lines if one.kind is LineKind.ADJUSTMENT])
    assert made == [[0, 1, 2], [0, 1, 2]]


def verify(session: Session, account: Account, *, day: int) -> None:
    """Let a German customer's bills be taxed where it is, from a day of July on."""
    verify_tax_id(session, account.customer, consultation="WAPIAAAAX7", now=at(2026, 7, day))


@pytest.fixture
def german(account: Account) -> Account:
    account.customer.country, account.customer.tax_id = "DE", "DE136695976"
    return account


@pytest.mark.parametrize("looked_at", [[], [at(2026, 7, 11)]])
def test_late_usage_that_is_taxed_in_another_way_is_an_invoice_of_its_own(
    session: Session, german: Account, looked_at: list[datetime]
) -> None:
    billed_june(session, german, 1000)
    late(german, 100, at_=(2026, 6, 30), now=(2026, 7, 10))
    for moment in looked_at:
        run_billing(session, moment)
    verify(session, german, day=20)
    # No day has two invoices.
    run_billing(session, at(2026, 8, 1))
    run_billing(session, at(2026, 8, 2))
    found = [(str(one.billed_on), *totals(one)) for one in invoices(session)]
    assert found == [
        ("2026-07-01", "750.00", "150.00", "900.00"),
        ("2026-08-01", "750.00", "0.00", "750.00"),
        ("2026-08-02", "45.00", "9.00", "54.00"),
    ]


def test_late_usage_that_is_taxed_in_two_ways_is_on_two_invoices(
    session: Session, german: Account
) -> None:
    german.subscribe("A", "X", start=JUNE, end=date(2026, 8, 1))
    german.use(1000, at=noon(2026, 6, 10))
    german.use(1000, at=noon(2026, 7, 10))
    run_billing(session, at(2026, 7, 1))
    verify(session, german, day=20)
    run_billing(session, at(2026, 8, 1))
    for month in (6, 7):
        late(german, 100, at_=(2026, month, 11), now=(2026, 8, 3))
    for day in (3, 4, 5):
        run_billing(session, at(2026, 8, day))
    own = [totals(one) for one in invoices(session)[2:]]
    assert own == [("45.00", "9.00", "54.00"), ("45.00", "0.00", "45.00")]
    assert marks(session) == []
