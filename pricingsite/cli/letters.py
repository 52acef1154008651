"""The letter of an outbox message; one about an invoice gets its words here."""

from email.headerregistry import Address
from email.message import EmailMessage

from pricingsite.database import db
from pricingsite.integrations.mail import build
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.invoices.reading import get_invoice
from pricingsite.services.messages.outbox import put_words, withdraw
from pricingsite.web.mails.invoices import render_invoice_mail
from pricingsite.web.transaction import committing


def letter_of(message: OutboxMessage, *, sender: Address) -> EmailMessage | None:
    """The letter of a claimed message; None where it has nothing to say any more.

    One about an invoice says at each try what is true by then. Raises what keeps it from being
    written.
    """
    if message.template is None or message.invoice_id is None:
        return build(message, sender=sender)
    invoice = get_invoice(db.session(), message.invoice_id)
    email = render_invoice_mail(message.template, invoice, attached=False)
    with committing(db.session):
        if email is None:
            withdraw(db.session(), message)
            return None
        put_words(message, subject=email.subject, text=email.text, html=email.html)
    return build(message, sender=sender)
