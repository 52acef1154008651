"""A customer's own pages: the bill, usage, invoices, plan, alerts, its details and its users."""

from flask import Blueprint

from pricingsite.blueprints.account import (
    alerts,
    cancel,
    change,
    closing,
    customers,
    data,
    details,
    estimate,
    files,
    invoices,
    plan,
    statement,
    subscribe,
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
    plan,
    change,
    cancel,
    subscribe,
    trial,
    alerts,
    details,
    data,
    closing,
    users,
    customers,
):
    bp.register_blueprint(module.bp)
