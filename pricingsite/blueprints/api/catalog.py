"""The catalog as programs read it: every plan, product and price, those off public pages too."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from pricingsite.blueprints.api.paging import page_of_all
from pricingsite.database import db
from pricingsite.services.plans.everything import every_plan, every_price, every_product
from pricingsite.web.catalog_documents import plan_document, price_document, product_document
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("catalog", __name__)


@bp.get("/plans")
@scope_required("catalog:read")
def plans() -> ResponseReturnValue:
    """Plans in their order."""
    return jsonify(page_of_all("plans", every_plan(db.session()), plan_document))


@bp.get("/products")
@scope_required("catalog:read")
def products() -> ResponseReturnValue:
    """Products in their order."""
    return jsonify(page_of_all("products", every_product(db.session()), product_document))


@bp.get("/prices")
@scope_required("catalog:read")
def prices() -> ResponseReturnValue:
    """Prices, product after product."""
    return jsonify(page_of_all("prices", every_price(db.session()), price_document))
