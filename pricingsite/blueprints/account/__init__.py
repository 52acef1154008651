"""A customer's own pages: the bill, usage, invoices, alerts, trial, its details and its users."""

from flask import Blueprint

from pricingsite.blueprints.account import (
    alerts,
    customers,
    data,
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
    data,
    users,
    customers,
):
    bp.register_blueprint(module.bp)
