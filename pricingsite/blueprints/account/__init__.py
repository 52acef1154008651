"""A customer's own pages: the running bill, usage, invoices, plan, alerts, and its details."""

from flask import Blueprint

from pricingsite.blueprints.account import (
    alerts,
    cancel,
    change,
    customers,
    details,
    estimate,
    files,
    invoices,
    plan,
    statement,
    subscribe,
    trial,
    usage,
)

bp = Blueprint("account", __name__)
for module in (
    estimate,
    usage,
    invoices,
    files,
    statement,
    plan,
    change,
    cancel,
    subscribe,
    trial,
    alerts,
    details,
    customers,
):
    bp.register_blueprint(module.bp)
