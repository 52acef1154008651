"""What is for sale today, read once for each version of the catalog and day.

Each process keeps the latest; the merchant's row says which version is in force.
"""

from datetime import date, datetime

from flask import abort, current_app, g, redirect, request, url_for
from sqlalchemy import inspect

from pricingsite.database import db
from pricingsite.models.merchant import Merchant
from pricingsite.services.merchant import catalog_version
from pricingsite.services.plans.as_sold import PlanAsSold, Storefront
from pricingsite.services.plans.offers import ContactPlan
from pricingsite.services.plans.pricing_page import read_plan, read_storefront
from pricingsite.web.merchant import current_merchant, merchant_today

# The key of a public page, in the request's environment.
VERSION = "pricingsite.version"
# There too: whether the page is made of what is kept under that key, and of nothing else.
FROM_KEPT = "pricingsite.from_kept"
_KEPT = "pricingsite.storefront"
_COLUMNS = inspect(Merchant).columns

# The catalog's version, when it was applied (a database that was restored may go back to a version
# that was another one's), and the merchant's date.
Key = tuple[int, datetime, date]


def current_storefront() -> Storefront:
    """What is for sale today; 503 while no catalog has been applied."""
    merchant, today = current_merchant(), merchant_today()
    key = (merchant.version, merchant.applied_at, today)
    if (kept := _kept()) is None or kept[0] != key:
        kept = key, read_storefront(db.session(), on=today), _without_session(merchant)
        # What a new catalog overtook while it was read may be of two, and is not kept.
        if catalog_version(db.session()) == merchant.version:
            current_app.extensions[_KEPT] = kept
    return kept[1]


def public_storefront() -> Storefront:
    """The same for a public page, and its merchant, at the version its answer is kept under.

    A page that reads more than these says so: it may see a catalog that came in meanwhile.
    """
    kept = _kept()
    if kept is not None and kept[0] == request.environ.get(VERSION):
        g.setdefault("merchant", kept[2])
        request.environ[FROM_KEPT] = True
        return kept[1]
    return current_storefront()


def _kept() -> tuple[Key, Storefront, Merchant] | None:
    kept: tuple[Key, Storefront, Merchant] | None = current_app.extensions.get(_KEPT)
    return kept


def _without_session(merchant: Merchant) -> Merchant:
    """A copy to read from, which belongs to no session and no thread."""
    return Merchant(**{column.key: getattr(merchant, column.key) for column in _COLUMNS})


def current_plan(plan_id: str) -> PlanAsSold | ContactPlan | None:
    """A plan as it is today; archived ones too, for the sake of earlier orders."""
    plan = current_storefront().find(plan_id)
    return plan or read_plan(db.session(), plan_id, on=merchant_today())


def asked_plan() -> PlanAsSold:
    """The plan that a request names; a 404 without one, and its page where it is talked about."""
    plan_id = request.values.get("plan", "")
    plan = None if "\0" in plan_id else current_plan(plan_id)
    if plan is None:
        abort(404)
    if isinstance(plan, ContactPlan):
        abort(redirect(url_for("plans.detail", plan_id=plan.id), 303))
    return plan
