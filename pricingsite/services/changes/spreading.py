"""What credit notes give back, spread over invoices: of none more than it came to.

An invoice from which an earlier change took something off was paid with that, too: so much of what
is given back of it is given back of the invoice that the earlier change took it from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine
from pricingsite.pricing import LineKind, Money
from pricingsite.services.balances.credit_notes import creditable
from pricingsite.services.changes.crediting import UnusedCharge
from pricingsite.wording.bills import unused_description


def spread(session: Session, charges: Sequence[UnusedCharge]) -> tuple[UnusedCharge, ...]:
    """Charges as credit notes can give them back, the latest invoice's first."""
    found: list[UnusedCharge] = []
    waiting = list(charges)
    while waiting:
        invoice = max((one.invoice for one in waiting), key=lambda one: one.id)
        own = _joined([one for one in waiting if one.invoice is invoice])
        waiting = [one for one in waiting if one.invoice is not invoice]
        net = creditable(session, invoice).net
        for rate in dict.fromkeys(one.tax_rate for one in own):
            of_rate = [one for one in own if one.tax_rate == rate]
            kept, excess = _within(of_rate, max(net[rate], 0))
            found += kept
            waiting += _taken_from(session, invoice, rate, excess)
    return tuple(found)


def _joined(charges: Sequence[UnusedCharge]) -> list[UnusedCharge]:
    """Charges of an invoice, one for each of its lines."""
    by_place: dict[int, UnusedCharge] = {}
    for one in charges:
        known = by_place.get(one.place)
        by_place[one.place] = replace(one, net=known.net + one.net) if known else one
    return list(by_place.values())


def _within(charges: Sequence[UnusedCharge], most: int) -> tuple[list[UnusedCharge], int]:
    """Charges up to an amount in minor units, and what there is beyond it."""
    kept: list[UnusedCharge] = []
    excess = 0
    for one in charges:
        net = min(one.net.minor, most)
        most -= net
        excess += one.net.minor - net
        if net:
            kept.append(replace(one, net=Money(net, one.net.currency)))
    return kept, excess


def _taken_from(
    session: Session, invoice: Invoice, rate: Decimal | None, excess: int
) -> Iterator[UnusedCharge]:
    """So much of the charges that changes took off an invoice, as they were invoiced."""
    for line in invoice.lines:
        is_taken_off = line.kind is LineKind.ADJUSTMENT and line.net < 0 and line.tax_rate == rate
        net = min(excess, -line.net) if is_taken_off else 0
        if net and (charge := _source(session, invoice, line)):
            excess -= net
            yield replace(charge, net=Money(net, invoice.currency))


def _source(session: Session, invoice: Invoice, line: InvoiceLine) -> UnusedCharge | None:
    """The charge of an earlier invoice that a line takes off."""
    earlier = session.scalars(
        select(Invoice)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(
            Invoice.schedule_id == invoice.schedule_id,
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.number.is_not(None),
            Invoice.id < invoice.id,
            InvoiceLine.price_id == line.price_id,
            InvoiceLine.period_end == line.period_end,
        )
        .order_by(Invoice.id.desc())
        .options(selectinload(Invoice.lines))
    ).unique()
    for one in earlier:
        for n, charged in enumerate(one.lines):
            same = charged.price_id == line.price_id and charged.period_end == line.period_end
            if same and unused_description(charged.description) == line.description:
                return UnusedCharge(
                    invoice=one,
                    place=n + 1,
                    price_id=line.price_id or "",
                    period=line.period,
                    description=line.description,
                    tax_rate=line.tax_rate,
                    net=Money(-line.net, invoice.currency),
                )
    return None
