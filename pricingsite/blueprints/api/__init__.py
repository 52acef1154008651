"""The API of the merchant's own programs: JSON, bearer keys, RFC 9457 problem documents."""

from flask import Blueprint

from pricingsite.blueprints.api import (
    catalog,
    changes,
    customers,
    entitlements,
    estimates,
    events,
    invoices,
    reference,
    schedules,
    usage,
)

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.record_once(customers.add_converter)
for module in (
    events,
    usage,
    estimates,
    invoices,
    customers,
    schedules,
    changes,
    entitlements,
    catalog,
    reference,
):
    bp.register_blueprint(module.bp)
