"""The e-mails of an order: rendered from its draft, and sent in the transaction that places it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import current_app

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.merchant import read_seller
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_later, send_within_quota
from pricingsite.web.merchant import current_merchant
from pricingsite.web.storefront import current_plan


@dataclass(frozen=True, slots=True)
class OrderEmails:
    """The acknowledgement with the link that confirms the address, and the merchant's notice."""

    acknowledgement: Email
    notice: Email


def render_order_emails(order: Order, *, link: str) -> OrderEmails:
    """Render the e-mails of an order, which need not be stored yet.

    The acknowledgement quotes nothing that was typed: anybody can send it to any address.
    """
    context: dict[str, Any] = {
        "order": order,
        "first": first_bill_of_schedule(read_seller(db.session()), order.schedule, order.customer),
        "trial": order.schedule.ordered_trial,
        "plan": current_plan(order.plan_id),
        "days": current_app.config["VERIFICATION_LINK_DAYS"],
    }
    return OrderEmails(
        acknowledgement=render_email(
            "order_acknowledgement",
            link=link,
            order_url=absolute("checkout.order", reference=order.reference),
            **context,
        ),
        notice=render_email("order_notice", **context),
    )


def send_order_emails(order: Order, emails: OrderEmails) -> None:
    """Send the e-mails of an order that has just been placed."""
    send_within_quota(emails.acknowledgement, key=f"order:{order.reference}", to=order.email)
    notice_key = f"order-notice:{order.reference}"
    send_later(emails.notice, key=notice_key, to=current_merchant().email)


def resend_acknowledgement(order: Order, emails: OrderEmails) -> None:
    """Send the acknowledgement once more; the merchant hears of an order once."""
    key = f"order:{order.reference}:{uuid4().hex}"
    send_within_quota(emails.acknowledgement, key=key, to=order.email)
