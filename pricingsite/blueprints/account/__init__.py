"""A customer's own pages: the running bill, usage, invoices, alerts, trial, and its details."""

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
)

bp = Blueprint("account", __name__)
for module in (estimate, usage, invoices, files, statement, trial, alerts, details, customers):
    bp.register_blueprint(module.bp)
