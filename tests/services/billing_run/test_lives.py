"""What billing promises over the whole life of a customer, whatever is agreed and happens in it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.billing import PREFIXES, invoices
from support.lives import Life, lives
from support.living import ALL_IN_TIME, Lived
from support.rerating import bills, charged

from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import Bill, LineItem, LineKind, Period, TaxTreatment, TermsLine
from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.checks.documents import check_documents
from pricingsite.services.checks.findings import Broken, Promise
from pricingsite.services.checks.schedules import check_schedules
from pricingsite.services.merchant import vat_rate_on


def number(document: Invoice) -> str:
    assert document.number is not None
    return document.number


def check_numbers(issued: Sequence[Invoice]) -> None:
    """Each series counts from 1 without a gap, and days never fall as numbers rise."""
    for kind, prefix in ((InvoiceKind.INVOICE, "INV-"), (InvoiceKind.CREDIT_NOTE, "CN-")):
        series = sorted((one for one in issued if one.kind is kind), key=number)
        numbers = [one.number for one in series]
        assert numbers == [f"{prefix}{n:06}" for n in range(1, len(series) + 1)]
        days = [one.issued_on for one in series]
        assert days == sorted(days)


def check_sums(session: Session, document: Invoice) -> None:
    """A document's totals are those of its lines, with the tax of each line's own day."""
    assert document.net == sum(line.net for line in document.lines)
    assert document.gross == document.net + document.tax
    nets: dict[Decimal, int] = defaultdict(int)
    taxed = document.tax_treatment is TaxTreatment.STANDARD
    for line in document.lines:
        assert line.tax_rate == (vat_rate_on(session, line.billed_on) if taxed else 0)
        nets[line.tax_rate] += line.net
    assert {line.rate: line.net.minor for line in document.taxes} == nets
    for line in document.taxes:
        exact = line.net.minor * line.rate
        assert abs(line.tax.minor - exact) <= Decimal("0.5")
    assert document.tax == sum(line.tax.minor for line in document.taxes)
    own = regular([document]) or document.lines
    assert document.period.start == min(line.period_start for line in own)
    assert document.period.end == max(line.period_end for line in own)


def regular(documents: Iterable[Invoice]) -> list[InvoiceLine]:
    """The lines that bill something for the first time."""
    return [line for one in documents for line in one.lines if line.kind is not LineKind.ADJUSTMENT]


def check_tiles(lived: Lived, issued: Sequence[Invoice], due: dict[date, Bill]) -> None:
    """No day of a price is billed twice, and none never, but where all of a bill is for nothing."""
    by_price: dict[str, list[tuple[Period, date]]] = defaultdict(list)
    more: set[tuple[str, Period]] = set()
    for one in charged(lived.schedule, lived.ended_on):
        by_price[one.service.price.id].append((one.service.period, one.due_on))
        if one.is_more:
            more.add((one.service.price.id, one.service.period))
    billed: dict[str, set[tuple[Period, date]]] = defaultdict(set)
    for line in regular(issued):
        if line.price_id:
            billed[line.price_id].add((line.period, line.billed_on))
    assert billed.keys() <= by_price.keys()
    for price_id, expected in by_price.items():
        assert billed[price_id] <= set(expected)
        tiles = [period for period, _ in billed[price_id] if (price_id, period) not in more]
        days = [day for period in tiles for day in period.each_day()]
        assert len(days) == len(set(days))
        for _, due_on in set(expected) - billed[price_id]:
            assert all(line.net.minor == 0 for line in due[due_on].every_line) or late(
                lived, due_on
            )


def late(lived: Lived, day: date) -> bool:
    """Whether usage of days before a day came, or went, when that day had begun."""
    begins = lived.begins(day)
    return any(used_on < day and moment >= begins for moment, used_on in lived.changed)


def check_estimates(lived: Lived, issued: Sequence[Invoice]) -> None:
    """The estimate of a period's last instant is its invoice, where nothing came after that."""
    found = {one.billed_on: one for one in issued if one.kind is InvoiceKind.INVOICE}
    for day, estimate in lived.estimates.items():
        if estimate.is_trial or estimate.invoice_on != day or late(lived, day):
            continue
        if lived.verified_at >= lived.begins(day):
            continue
        bill, invoice = estimate.bill, found.get(day)
        if invoice is None:
            assert not any(line.net.minor for line in bill.every_line)
            continue
        lines = regular([invoice])
        assert [said(one, one.net.minor) for one in bill.every_line] == [
            said(one, one.net) for one in lines
        ]
        if len(lines) == len(invoice.lines):
            amounts = (bill.net.minor, bill.tax.minor, bill.gross.minor)
            assert amounts == (invoice.net, invoice.tax, invoice.gross)


def said(line: LineItem | TermsLine | InvoiceLine, net: int) -> tuple[object, ...]:
    """What an estimate's line and an invoice's have in common: all but the words."""
    amounts = (line.quantity, line.unit_price, line.flat_fee, line.tax_rate, net)
    return (line.kind, line.price_id, line.period, line.proration, *amounts)


def check_sum_of_all(issued: Sequence[Invoice], due: dict[date, Bill]) -> None:
    """All that was billed and credited for a day is what that day comes to in the end."""
    nets: dict[date, int] = dict.fromkeys(due, 0)
    for document in issued:
        for line in document.lines:
            nets[line.billed_on] = nets.get(line.billed_on, 0) + line.net
    assert nets == {day: bill.net.minor for day, bill in due.items()}


def check_what_is_found(session: Session, lived: Lived) -> None:
    """`flask check` finds no broken promise, but that runs came late."""
    customer_id, late_days, now = lived.customer.id, ALL_IN_TIME, lived.begins(lived.ended_on)
    found = [
        *check_schedules(session, Agreements(), customer_id, late_days=late_days, now=now),
        *check_documents(session, PREFIXES, today=lived.ended_on),
    ]
    broken = [one for one in found if isinstance(one, Broken)]
    assert [one for one in broken if one.promise is not Promise.IN_TIME] == []


def check_life(session: Session, life: Life) -> None:
    session.rollback()
    lived = Lived(session, life)
    lived.live()
    issued = invoices(session)
    assert all(one.number for one in issued)
    check_numbers(issued)
    for document in issued:
        check_sums(session, document)
    due = bills(lived.schedule, lived.used.values(), lived.ended_on, lived.zone)
    check_sum_of_all(issued, due)
    check_tiles(lived, issued, due)
    check_estimates(lived, issued)
    messages = select(func.count()).select_from(OutboxMessage)
    about = select(func.count(OutboxMessage.invoice_id.distinct()))
    assert session.scalar(messages) == session.scalar(about) == len(issued)
    check_what_is_found(session, lived)
    session.rollback()


def of(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@of(50)
@given(lives())
def test_a_life_is_billed_whole_and_once(amara: Session, life: Life) -> None:
    check_life(amara, life)


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@of(15)
@given(lives())
def test_so_it_is_on_postgresql(amara: Session, life: Life) -> None:
    check_life(amara, life)


@pytest.mark.every_life
@of(1000)
@given(lives())
def test_any_of_many_lives_is_billed_whole_and_once(amara: Session, life: Life) -> None:
    check_life(amara, life)
