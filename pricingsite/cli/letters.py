"""The letter of an outbox message; one about an invoice gets its words here, and the PDF."""

from email.headerregistry import Address
from email.message import EmailMessage

from pricingsite.database import db
from pricingsite.integrations.mail import Attachment, build
from pricingsite.integrations.pdf import PdfError, PdfUnavailableError, pdf_of
from pricingsite.models.invoices import Invoice
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.invoices.announcing import InvoiceMail
from pricingsite.services.invoices.reading import get_invoice
from pricingsite.services.messages.outbox import put_words, withdraw
from pricingsite.web.mails.invoices import render_invoice_mail
from pricingsite.web.sweeps import log_once
from pricingsite.web.transaction import committing


def letter_of(message: OutboxMessage, *, sender: Address) -> EmailMessage | None:
    """The letter of a claimed message; None where it has nothing to say any more.

    One about an invoice says at each try what is true by then. Raises what keeps it from being
    written.
    """
    if message.template is None or message.invoice_id is None:
        return build(message, sender=sender)
    invoice = get_invoice(db.session(), message.invoice_id)
    files = [] if message.template == InvoiceMail.PAID else _files(invoice)
    email = render_invoice_mail(message.template, invoice, attached=bool(files))
    with committing(db.session):
        if email is None:
            withdraw(db.session(), message)
            return None
        put_words(message, subject=email.subject, text=email.text, html=email.html)
    return build(message, sender=sender, attachments=files)


def _files(invoice: Invoice) -> list[Attachment]:
    """The document as PDF. Where it cannot be made here, its e-mail is sent without it."""
    number = invoice.number or ""
    try:
        return [Attachment(f"{number}.pdf", "application/pdf", pdf_of(invoice))]
    except PdfUnavailableError:
        return []  # The merchant has chosen so.
    except PdfError as error:
        log_once(number, "its e-mail is sent without the PDF", error)
        return []
