"""Whether issued documents are numbered without gaps, add up, and were issued in time."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.pricing import Money, taxes
from pricingsite.services.billing.issue_dates import issue_by
from pricingsite.services.checks.findings import Broken, Finding, Promise

_CHUNK = 500
_DIGITS = re.compile(r"\d*$")


def check_documents(
    session: Session, prefixes: Mapping[InvoiceKind, str], *, today: date
) -> Iterator[Finding]:
    """What is wrong with invoices and credit notes."""
    for kind in InvoiceKind:
        yield from _numbers(session, kind, prefixes[kind])
    last = 0
    while found := _chunk(session, last):
        for invoice in found:
            yield from _sums(session, invoice)
            yield from _in_time(invoice, today)
        last = found[-1].id
        session.expunge_all()


def _chunk(session: Session, after: int) -> Sequence[Invoice]:
    some = select(Invoice).where(Invoice.id > after).order_by(Invoice.id).limit(_CHUNK)
    return session.scalars(some.options(selectinload(Invoice.lines))).all()


def _numbers(session: Session, kind: InvoiceKind, prefix: str) -> Iterator[Finding]:
    """Numbers that were left out, and days that fall as numbers rise; under each prefix."""
    issued = (Invoice.kind == kind, Invoice.number.is_not(None))
    rows = session.execute(select(Invoice.number, Invoice.issued_on).where(*issued))
    series: list[tuple[int, date, str]] = []
    for number, issued_on in rows:
        assert number is not None and issued_on is not None  # noqa: PT018, S101 - it is issued
        digits = number.removeprefix(prefix)
        if not digits.isdecimal():
            # It was given out under an earlier prefix.
            digits = f"0{_DIGITS.findall(number)[0]}"
        series.append((int(digits), issued_on, number))
    expected, latest = 1, date.min
    for value, issued_on, number in sorted(series):
        if value != expected:
            yield Broken(Promise.NUMBERS, (number, f"{value - expected} before it are missing"))
        if issued_on < latest:
            yield Broken(Promise.NUMBERS, (number, f"{issued_on} is before {latest}"))
        expected, latest = value + 1, max(latest, issued_on)


def _sums(session: Session, invoice: Invoice) -> Iterator[Finding]:
    number = invoice.number or str(invoice.id)
    nets: dict[Decimal, int] = defaultdict(int)
    for line in invoice.lines:
        if line.tax_rate is not None:
            nets[line.tax_rate] += line.net
    by_rate = taxes((rate, invoice.money(net)) for rate, net in nets.items())
    sums = (
        ("net", invoice.net, sum(line.net for line in invoice.lines)),
        ("tax", invoice.tax, sum(one.tax.minor for one in by_rate)),
        ("gross", invoice.gross, invoice.net + invoice.tax),
    )
    for what, stated, added_up in sums:
        if stated != added_up and not (what == "tax" and _takes_the_rest(session, invoice)):
            amounts = (str(Money(one, invoice.currency)) for one in (stated, added_up))
            yield Broken(Promise.ADDS_UP, (number, what, *amounts))


def _takes_the_rest(session: Session, note: Invoice) -> bool:
    """Whether a credit note takes back all tax that earlier ones had left of its invoice.

    That of parts, each rounded, may be a penny more or less than that of the whole.
    """
    if note.corrects_id is None:
        return False
    of_it = or_(Invoice.id == note.corrects_id, Invoice.corrects_id == note.corrects_id)
    rest: dict[Decimal, int] = defaultdict(int)
    for one in session.scalars(select(Invoice).where(of_it, Invoice.id <= note.id)):
        for line in one.taxes:
            rest[line.rate] += line.tax.minor
    right = {line.rate: line.net.times(line.rate) for line in note.taxes}
    return all(line.tax == right[line.rate] or not rest[line.rate] for line in note.taxes)


def _in_time(invoice: Invoice, today: date) -> Iterator[Finding]:
    """A document that was issued later than its law says, or is still a draft then."""
    if invoice.voided_at is not None:
        return
    # A credit note, and an invoice in place of another, are for what became known later.
    is_correction = invoice.is_credit_note or invoice.revision > 0
    known = invoice.drafted_at.date() if is_correction else invoice.tax_point
    countries = invoice.seller.details["country"], invoice.buyer["country"]
    last_day = issue_by(*countries, known, credit_note=invoice.is_credit_note)
    issued_on = invoice.issued_on or today
    if last_day is not None and issued_on > last_day:
        number = invoice.number or str(invoice.id)
        issued = str(invoice.issued_on or "a draft")
        yield Broken(Promise.IN_TIME, (number, str(invoice.tax_point), str(last_day), issued))
