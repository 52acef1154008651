"""Credit notes by hand: an invoice, or amounts of its lines, taken back at its own VAT rates.

Never more than a line has left, and never more than a rate has; whatever is refused changes
nothing. A credit note lowers its invoice; what is left of it is the customer's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind, InvoiceLine
from pricingsite.pricing import LineKind, Money, TaxLine, exact_context
from pricingsite.services.balances.customer_credit import apply_credits
from pricingsite.services.balances.standing import InvoiceStatus, standings
from pricingsite.services.customers.locks import lock_balances
from pricingsite.services.invoices.announcing import InvoiceMail, announce
from pricingsite.services.invoices.new_invoices import NewInvoice, NewLine
from pricingsite.services.invoices.numbering import adjustment_sequences
from pricingsite.services.invoices.reading import get_invoice
from pricingsite.services.invoices.snapshots import seller_id
from pricingsite.services.invoices.storing import Issue, store_issued
from pricingsite.services.merchant import get_merchant
from pricingsite.services.messages.webhooks import EventType, record_events, wanted_by


class CreditError(ValueError):
    """A credit that cannot be; the message says why, and what can be."""


@dataclass(frozen=True, slots=True)
class Creditable:
    """What may still be taken back of an invoice, in minor units.

    `lines` are nets in the order of its lines. `net` and `tax` are those of each rate.
    """

    lines: tuple[int, ...]
    net: Mapping[Decimal | None, int]
    tax: Mapping[Decimal | None, int]
    merchant_tax: int


def credit(
    session: Session,
    invoice: Invoice,
    amounts: Mapping[int, Money] | None,
    *,
    reason: str,
    cause: CreditCause = CreditCause.GOODWILL,
    issue: Issue,
) -> Invoice:
    """Issue a credit note: net `amounts` by the place of their line, from 1; None takes all back.

    It is set against its invoice, and then what else is open of the customer's. Raises
    `CreditError`.
    """
    lock_balances(session, [invoice.customer_id])
    if not (why := reason.strip()):
        raise CreditError("Say why it is credited: --reason.")
    _check_invoice(invoice)
    left = creditable(session, invoice)
    taken = _all_of(invoice, left) if amounts is None else _some_of(invoice, left, amounts)
    note = _new(session, invoice, taken, issue)
    note.reason, note.cause = why, cause
    _add_up(note, invoice, left)
    (note_id,) = store_issued(session, get_merchant(session), [note], issue)
    stored = get_invoice(session, note_id)
    announce(session, stored, InvoiceMail.CREDIT_NOTE, now=note.drafted_at)
    tell_voided(session, [invoice.id], now=note.drafted_at)
    apply_credits(session, [invoice.customer_id], now=note.drafted_at)
    return stored


def tell_voided(session: Session, invoice_ids: Sequence[int], *, now: datetime) -> None:
    """Let the merchant's programs know which of some invoices are void by their credit notes."""
    if not wanted_by(session, EventType.INVOICE_VOIDED):
        return
    found = session.scalars(select(Invoice).where(Invoice.id.in_(invoice_ids))).all()
    today = get_merchant(session).today(now)
    standing = standings(session, found, today=today)
    void = [one for one in found if standing[one.id].status is InvoiceStatus.VOID]
    told = [(one.customer_id, str(one.id)) for one in void]
    record_events(session, EventType.INVOICE_VOIDED, told, now=now)


def creditable(session: Session, invoice: Invoice) -> Creditable:
    """What earlier credit notes have left of an invoice."""
    notes = session.scalars(
        select(Invoice)
        .where(Invoice.corrects_id == invoice.id)
        .order_by(Invoice.id)
        .options(selectinload(Invoice.lines))
    ).all()
    net: dict[Decimal | None, int] = defaultdict(int)
    tax: dict[Decimal | None, int] = defaultdict(int)
    for one in (invoice, *notes):
        for line in one.lines:
            net[line.tax_rate] += line.net
        for of_rate in one.taxes:
            tax[of_rate.rate] += of_rate.tax.minor
    return Creditable(
        tuple(_lines_left(invoice.lines, [line for note in notes for line in note.lines])),
        net,
        tax,
        sum(one.merchant_tax or 0 for one in (invoice, *notes)),
    )


def _lines_left(lines: Sequence[InvoiceLine], credited: Sequence[InvoiceLine]) -> list[int]:
    """What is left of each line.

    A credit note's line is about that of its words. Where usage is less, what a price's lines came
    to is less, and that comes off the last of them.
    """
    left = [line.net for line in lines]
    rest: dict[tuple[object, ...], int] = defaultdict(int)
    for line in credited:
        places = [n for n, one in enumerate(lines) if _words(one) == _words(line)]
        rest[_price(line)] += line.net - _take(left, lines, places, line.net)
    for price, amount in rest.items():
        of_price = [n for n, one in enumerate(lines) if _price(one) == price]
        of_rate = [n for n, one in enumerate(lines) if one.tax_rate == price[0]]
        unplaced = amount - _take(left, lines, of_price[::-1], amount)
        _take(left, lines, of_rate[::-1], unplaced)
    return left


def _price(line: InvoiceLine) -> tuple[object, ...]:
    return line.tax_rate, line.price_id, line.period


def _words(line: InvoiceLine) -> tuple[object, ...]:
    return *_price(line), line.description


def _take(left: list[int], lines: Sequence[InvoiceLine], places: Sequence[int], amount: int) -> int:
    """Take an amount, negative as a credit note's are, off lines; how much found room."""
    taken = 0
    for n in places:
        low, high = sorted((0, lines[n].net))
        new = min(max(left[n] + amount - taken, low), high)
        taken += new - left[n]
        left[n] = new
    return taken


def _check_invoice(invoice: Invoice) -> None:
    if invoice.is_credit_note:
        raise CreditError(f"{invoice.number} is a credit note, and cannot be credited.")
    if invoice.number is None:
        raise CreditError(
            f"{invoice.id} is a draft. It need not be credited: flask invoices void."
            if invoice.voided_at is None
            else f"The draft {invoice.id} is void."
        )


def _all_of(invoice: Invoice, left: Creditable) -> dict[int, int]:
    taken = {n: amount for n, amount in enumerate(left.lines) if amount}
    if not any(left.net.values()) or not taken:
        raise CreditError(f"Nothing of {invoice.number} is left to credit.")
    return taken


def _some_of(invoice: Invoice, left: Creditable, amounts: Mapping[int, Money]) -> dict[int, int]:
    """The amounts by line, from 0, once it is clear that each may be taken."""
    taken: dict[int, int] = {}
    by_rate: dict[Decimal | None, int] = defaultdict(int)
    for place, amount in amounts.items():
        if not 1 <= place <= len(invoice.lines):
            raise CreditError(f"{invoice.number} has no line {place}: it has {len(invoice.lines)}.")
        if amount.currency != invoice.currency:
            raise CreditError(f"{invoice.number} is in {invoice.currency}, not {amount.currency}.")
        most = max(left.lines[place - 1], 0)
        if not 0 < amount.minor <= most:
            raise CreditError(
                f"At most {invoice.money(most)} of line {place} can be credited, and not "
                f"{amount}; above 0."
                if most
                else f"Nothing of line {place} is left to credit."
            )
        taken[place - 1] = amount.minor
        by_rate[invoice.lines[place - 1].tax_rate] += amount.minor
    for rate, amount_at in by_rate.items():
        # Discounts and what was billed before lower what its lines come to.
        if amount_at > (most := max(left.net[rate], 0)):
            raise CreditError(
                f"At most {invoice.money(most)} of {invoice.number} is left to credit on these "
                "lines together: --all takes back its discounts, too."
            )
    if not taken:
        raise CreditError("Say what is credited: --all, or --line N=AMOUNT.")
    return taken


def _new(session: Session, invoice: Invoice, taken: Mapping[int, int], issue: Issue) -> NewInvoice:
    now = issue.clock()
    sequences = adjustment_sequences(session, invoice.schedule_id)
    lines = []
    for n, amount in taken.items():
        line = invoice.lines[n]
        key = (line.price_id, line.period_start)
        sequence = sequences[key] = sequences.get(key, -1) + 1
        lines.append(_line(invoice, line, amount, sequence))
    return NewInvoice(
        kind=InvoiceKind.CREDIT_NOTE,
        customer_id=invoice.customer_id,
        schedule_id=invoice.schedule_id,
        billed_on=invoice.billed_on,
        corrects_id=invoice.id,
        currency=invoice.currency,
        tax_treatment=invoice.tax_treatment,
        merchant_currency=invoice.merchant_currency,
        exchange_rate=invoice.exchange_rate,
        seller_id=seller_id(session, get_merchant(session)),
        # To whom the invoice was; the e-mail goes where the customer reads it now.
        buyer=invoice.buyer | {"billing_email": invoice.customer.billing_email},
        purchase_order=invoice.purchase_order,
        drafted_at=now,
        ready_at=now,
        lines=lines,
    )


def _line(invoice: Invoice, line: InvoiceLine, amount: int, sequence: int) -> NewLine:
    return NewLine(
        billed_on=line.billed_on,
        kind=LineKind.ADJUSTMENT,
        price_id=line.price_id,
        sequence=sequence,
        period=line.period,
        description=line.description,
        # No price is negative.
        quantity=Decimal(-1 if amount > 0 else 1),
        unit=None,
        unit_price=invoice.money(abs(amount)).amount,
        tax_rate=line.tax_rate,
        net=-amount,
    )


def _add_up(note: NewInvoice, invoice: Invoice, left: Creditable) -> None:
    """Work out the totals; the last of a rate takes the rest of its VAT, so that no penny stays."""
    note.add_up()
    note.taxes = [_within_rest(one, left) for one in note.taxes]
    note.tax = sum(one.tax.minor for one in note.taxes)
    if invoice.exchange_rate is not None and invoice.merchant_currency is not None:
        with exact_context():
            exact = invoice.money(note.tax).amount * invoice.exchange_rate
        rounded = Money.rounded(exact, invoice.merchant_currency).minor
        is_all = note.tax == -sum(left.tax.values())
        note.merchant_tax = -left.merchant_tax if is_all else _within(rounded, -left.merchant_tax)


def _within_rest(one: TaxLine, left: Creditable) -> TaxLine:
    rest = left.tax.get(one.rate, 0)
    is_last = left.net[one.rate] + one.net.minor == 0
    tax = -rest if is_last else _within(one.tax.minor, -rest)
    return replace(one, tax=Money(tax, one.tax.currency))


def _within(amount: int, bound: int) -> int:
    """An amount, between nothing and a bound on either side of it."""
    low, high = sorted((0, bound))
    return min(max(amount, low), high)
