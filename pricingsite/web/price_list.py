"""The list prices for programs: every plan in order, in all of its options, and its features."""

from pricingsite.models.merchant import Merchant
from pricingsite.services.plans.as_sold import PlanAsSold, Storefront
from pricingsite.services.plans.matrix import Compared
from pricingsite.services.plans.offers import ContactPlan, Offer, Option
from pricingsite.web import documents
from pricingsite.web.documents import Json


def document(of: Storefront, merchant: Merchant) -> Json:
    """Everything for sale: plans in order, and the features that they are compared by."""
    return {
        "merchant": merchant.name,
        "tax": {"name": merchant.tax_name, "shown": merchant.tax_shown.value},
        "features": [_compared(row) for row in of.compared if not row.is_metric],
        "plans": [
            _to_talk_about(one) if isinstance(one, ContactPlan) else _plan(one)
            for one in of.in_order
        ],
    }


def _compared(row: Compared) -> Json:
    words = {"name": row.name, "group": row.group, "description": row.description}
    return {"id": row.id} | words


def _plan(of: PlanAsSold) -> Json:
    """A plan on sale in its default option, and its other options where there are such."""
    found = documents.offer(of.offer)
    if len(of.options) > 1:
        found["options"] = [_paid(one.offer) for one in of.options]
    return found


def _paid(of: Offer) -> Json:
    """What of a plan is another in each of its options."""
    same = {*documents.listed(of), "products", "vat_rate"}
    return {k: v for k, v in documents.offer(of).items() if k not in same} | _option(of.option)


def _to_talk_about(of: ContactPlan) -> Json:
    """A plan without prices; it has the keys of one that is on sale, empty."""
    return documents.listed(of) | {
        "free": False,
        "products": [],
        "currency": None,
        "billing": None,
        "vat_rate": None,
        "prices": [],
        "at_zero_usage": [],
        "examples": {},
        "last_changed_on": None,
        "announced": None,
        "version": None,
    }


def _option(of: Option) -> Json:
    return {
        "id": of.id,
        "billing_frequency": of.frequency.value,
        "currency": of.currency,
        "note": of.note,
    }
