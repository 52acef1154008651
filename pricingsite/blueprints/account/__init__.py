"""A customer's own pages: the bill, usage, invoices, alerts, trial, its details and its users."""

from flask import Blueprint

from pricingsite.blueprints.account import (
    alerts,
    customers,
    details,
    estimate,
    files,
    invoices,
    statement,
    trial,
    usage,
    users,
)

bp = Blueprint("account", __name__)
for module in (
    estimate,
    usage,
    invoices,
    files,
    statement,
    trial,
    alerts,
    details,
    users,
    customers,
):
    bp.register_blueprint(module.bp)
