"""What e-mails about an invoice say of its money: the same figures in both parts of each.

All of it is the invoice's own, and its payments'; nothing is worked out again.
"""

from collections.abc import Iterator, Sequence

from pricingsite.models.invoices import Invoice
from pricingsite.pricing import Money, TaxTreatment, plain
from pricingsite.services.balances.standing import Standing
from pricingsite.services.invoices.announcing import InvoiceMail
from pricingsite.wording.days import day, days
from pricingsite.wording.figures import money, percent
from pricingsite.wording.tax import Tax

Figures = Iterator[tuple[str, str]]


def figures_of(kind: InvoiceMail, invoice: Invoice, standing: Standing, tax: Tax) -> Figures:
    """The lines of figures in an e-mail of a kind: a label, and what it says."""
    if kind is InvoiceMail.ISSUED:
        yield from _totals(invoice, tax, 1)
        yield from _settled(standing)
        yield from _to_pay(invoice, standing)
        if invoice.purchase_order:
            yield "Your purchase order", invoice.purchase_order
    elif kind is InvoiceMail.CREDIT_NOTE:
        yield from _totals(invoice, tax, -1)
    elif kind is InvoiceMail.PAID:
        yield "Total", money(invoice.money(invoice.gross))
        yield from _settled(standing)
    else:
        period = days(invoice.period.start, invoice.period.last_day)
        yield "Invoice", f"{invoice.number}, for {period}"
        yield from _settled(standing, total=invoice)
        yield from _to_pay(invoice, standing)


def _totals(invoice: Invoice, tax: Tax, sign: int) -> Figures:
    """Net, tax and gross; those of a credit note without the sign that makes it one."""
    total = money(invoice.money(sign * invoice.gross))
    # Where a customer abroad is charged none, the bill may still correct one that charged it.
    is_domestic = invoice.tax_treatment is TaxTreatment.STANDARD
    taxes = [line for line in invoice.taxes if is_domestic or line.rate]
    if not taxes:
        yield "Total", total
        return
    yield "Net", money(invoice.money(sign * invoice.net))
    for line in taxes:
        yield tax.at(percent(line.rate)), money(line.tax if sign > 0 else -line.tax)
    yield "Total", f"{total} {tax.included}"
    if invoice.merchant_currency and invoice.merchant_tax is not None and invoice.exchange_rate:
        own = Money(sign * invoice.merchant_tax, invoice.merchant_currency)
        rate = f"1 {invoice.currency} = {plain(invoice.exchange_rate)} {own.currency}"
        yield f"{tax.name} in {own.currency}", f"{money(own)} (at {rate})"


def _settled(standing: Standing, *, total: Invoice | None = None) -> Figures:
    if total and (standing.credited.minor or standing.paid.minor):
        yield "Total", money(total.money(total.gross))
    if standing.credited.minor:
        yield "Credited", money(standing.credited)
    if standing.paid.minor:
        yield "Paid", money(standing.paid)


def _to_pay(invoice: Invoice, standing: Standing) -> Figures:
    if standing.balance.minor > 0 and invoice.due_on:
        by = "due since" if standing.overdue else "by"
        yield "To pay", f"{money(standing.balance)} {by} {day(invoice.due_on)}"


def nothing_to_pay(invoice: Invoice, standing: Standing) -> str:
    """Why nothing is to be paid of an invoice."""
    if standing.balance.minor < 0:
        return f"Nothing to pay. {in_favour(standing)}"
    if not invoice.gross:
        return f"Nothing to pay: this invoice comes to {money(standing.balance)}."
    how = "credit covers it" if standing.credited.minor else "it is paid already"
    return f"Nothing to pay: {how}."


def in_favour(standing: Standing) -> str | None:
    """What happens with what a customer has paid too much, if it has."""
    if standing.balance.minor >= 0:
        return None
    return (
        f"{money(-standing.balance)} is in your favour: it pays part of your next invoice. "
        "If you would rather have it back, reply to this e-mail."
    )


def what_happens(standing: Standing, credits_: Sequence[tuple[Invoice, Money]]) -> Iterator[str]:
    """What happens with the money of a credit note."""
    for credited, amount in credits_:
        yield f"{money(amount)} of it pays invoice {credited.number}."
    if standing.paid.minor:
        yield f"{money(-standing.paid)} of it has been paid back to you."
    if said := in_favour(standing):
        yield said
