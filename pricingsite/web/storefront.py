"""What is for sale today, read once for each version of the catalog and day.

Each process keeps the latest; the merchant's row says which version is in force.
"""

from datetime import date, datetime

from flask import current_app

from pricingsite.database import db
from pricingsite.services.plans.pricing_page import (
    PlanAsSold,
    Storefront,
    read_plan,
    read_storefront,
)
from pricingsite.web.merchant import current_merchant, merchant_today

_KEPT = "pricingsite.storefront"

_Key = tuple[int, datetime, date]


def current_storefront() -> Storefront:
    """What is for sale today; 503 while no catalog has been applied."""
    merchant, today = current_merchant(), merchant_today()
    # A database that was restored may go back to a version that was another one's.
    key = (merchant.version, merchant.applied_at, today)
    kept: tuple[_Key, Storefront] | None = current_app.extensions.get(_KEPT)
    if kept is None or kept[0] != key:
        kept = key, read_storefront(db.session(), on=today)
        current_app.extensions[_KEPT] = kept
    return kept[1]


def current_plan(plan_id: str) -> PlanAsSold | None:
    """A plan as it is today; archived ones too, for the sake of earlier orders."""
    plan = current_storefront().find(plan_id)
    return plan or read_plan(db.session(), plan_id, on=merchant_today())
