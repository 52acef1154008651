"""The e-mails of an order, written in its transaction."""

from typing import Any

from flask import current_app

from pricingsite.database import db
from pricingsite.models.access import Invitation
from pricingsite.models.orders import Order
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import send_later, send_within_quota
from pricingsite.web.merchant import current_merchant


def send_order_mails(order: Order, invitation: Invitation, *, link: str) -> None:
    """The acknowledgement with the link, and once an order the merchant's notice.

    The acknowledgement quotes nothing that was typed: anybody can send it to any address.
    """
    context: dict[str, Any] = {
        "order": order,
        "first": first_bill_of_schedule(db.session(), order.schedule, order.customer),
        "plan": find_plan(db.session(), order.plan_id),
        "days": current_app.config["VERIFICATION_LINK_DAYS"],
    }
    send_within_quota(
        "order_acknowledgement",
        key=f"order:{order.reference}:{invitation.id}",
        to=order.email,
        link=link,
        order_url=absolute("checkout.order", reference=order.reference),
        **context,
    )
    notice = f"order-notice:{order.reference}"
    send_later("order_notice", key=notice, to=current_merchant().email, **context)
