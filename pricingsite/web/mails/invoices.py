"""The e-mails about invoices: written at delivery, from the invoice's snapshot and its payments.

Who sells, who buys and what the tax is called are the invoice's own; what is still to pay is as of
the delivery. A reminder of what has been settled meanwhile, or that a later one follows, is not
sent.
"""

from datetime import date, timedelta
from typing import Any

from flask import current_app

from pricingsite.database import db
from pricingsite.models.invoices import Invoice
from pricingsite.services.balances.reminders import is_superseded, last_reminded_at
from pricingsite.services.balances.standing import Standing, standings
from pricingsite.services.invoices.announcing import InvoiceMail
from pricingsite.services.invoices.reading import credits_of
from pricingsite.services.invoices.words import tax_notes, tax_of
from pricingsite.web.links import absolute
from pricingsite.web.mails.invoice_figures import (
    figures_of,
    in_favour,
    nothing_to_pay,
    what_happens,
)
from pricingsite.web.mails.rendering import Email, render_email
from pricingsite.web.merchant import current_merchant, merchant_today


def render_invoice_mail(template: str, invoice: Invoice, *, attached: bool) -> Email | None:
    """An e-mail of a kind about an invoice; None where there is nothing to say any more.

    `attached` says whether the document comes with it. Raises `ValueError` for an unknown kind.
    """
    kind, today = InvoiceMail(template), merchant_today()
    standing = standings(db.session(), [invoice], today=today)[invoice.id]
    owes = standing.balance.minor > 0
    if kind.is_reminder and (not owes or is_superseded(db.session(), invoice.id, kind)):
        return None
    tax = tax_of(invoice)
    return render_email(
        "invoice_overdue" if kind.is_overdue else kind.value,
        kind=kind,
        invoice=invoice,
        standing=standing,
        owes=owes,
        figures=list(figures_of(kind, invoice, standing, tax)),
        tax_notes=tax_notes(invoice),
        merchant=invoice.seller.details,
        tax=tax,
        attached=attached,
        link=absolute("account.invoices.show", number=invoice.number),
        plan_link=absolute("account.plan.show"),
        **_of_kind(kind, invoice, standing, today),
    )


def _of_kind(
    kind: InvoiceMail, invoice: Invoice, standing: Standing, today: date
) -> dict[str, Any]:
    """What only some kinds say."""
    if kind is InvoiceMail.CREDIT_NOTE:
        credited = credits_of(db.session(), invoice.id)
        happens = list(what_happens(standing, credited))
        return {"credit": -invoice.money(invoice.gross), "what_happens": happens}
    if kind.is_reminder and invoice.due_on:
        overdue = (today - invoice.due_on).days
        return {"days_overdue": overdue, "suspended_on": _suspended_on(invoice)}
    if kind is InvoiceMail.PAID:
        return {"in_favour": in_favour(standing)}
    return {"nothing_to_pay": nothing_to_pay(invoice, standing)}


def _suspended_on(invoice: Invoice) -> date | None:
    """The day on which an invoice suspends its customer, where the merchant suspends by itself."""
    after = timedelta(days=current_app.config["SUSPEND_AFTER_DAYS"])
    reminded_at = last_reminded_at(db.session(), invoice.id)
    return current_merchant().today(reminded_at + after) if after and reminded_at else None
