"""The catalog in JSON for the merchant's own programs: what is on no public page too.

What is closed to new orders has a moment in `archived_at`; schedules may name it still.
"""

from pricingsite.models.catalog import Plan, PlanPrice, Price, Product
from pricingsite.web.documents import Json, number, price_terms


def plan_document(of: Plan) -> Json:
    """A plan with its options: each a way to pay it, by its prices' ids."""
    return {
        "id": of.id,
        "name": of.name,
        "tagline": of.tagline,
        "features": list(of.features),
        "values": dict(of.feature_values),
        "limits": dict(of.limits),
        "recommended": of.recommended,
        "contact": of.contact,
        "minimum": number(of.minimum),
        "trial_days": of.trial_days,
        "trial_then": of.trial_then,
        "options": [
            {"id": one["id"], "note": one.get("note"), **_places(of.places_in(one["id"]))}
            for one in of.options
        ],
        "archived_at": of.archived_at.isoformat() if of.archived_at else None,
    }


def _places(of: list[PlanPrice]) -> Json:
    return {
        "prices": [one.price_id for one in of if not one.add_on],
        "add_ons": [
            {"price": one.price_id, "maximum_quantity": number(one.maximum_quantity)}
            for one in of
            if one.add_on
        ],
    }


def product_document(of: Product) -> Json:
    """A product, with its prices' ids."""
    return {
        "id": of.id,
        "name": of.name,
        "description": of.description,
        "prices": [price.id for price in of.prices],
        "archived_at": of.archived_at.isoformat() if of.archived_at else None,
    }


def price_document(of: Price) -> Json:
    """A price, and what it is to other prices: the list price that it is a variant of, if it is."""
    return price_terms(of.terms) | {
        "product": of.product_id,
        "list_price": of.list_price,
        "variant_of": of.variant_of,
        "replaces": of.replaces,
        "valid_from": of.valid_from.isoformat() if of.valid_from else None,
        "prorate_flat_fees": of.prorate_flat_fees,
        "archived_at": of.archived_at.isoformat() if of.archived_at else None,
    }
