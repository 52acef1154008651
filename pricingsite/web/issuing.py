"""How the site issues documents: what their numbers begin with, and the clock."""

from flask import current_app

from pricingsite.models.invoices import InvoiceKind
from pricingsite.services.invoices.storing import Issue
from pricingsite.web.clock import now


def prefixes() -> dict[InvoiceKind, str]:
    """What the numbers of each kind begin with."""
    config = current_app.config
    return {
        InvoiceKind.INVOICE: config["INVOICE_PREFIX"],
        InvoiceKind.CREDIT_NOTE: config["CREDIT_NOTE_PREFIX"],
    }


def issue() -> Issue:
    """How documents are issued now."""
    return Issue(prefixes=prefixes(), clock=now)
