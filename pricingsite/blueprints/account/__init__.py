"""A customer's own pages: the running bill, usage by day, alerts, and its details."""

from flask import Blueprint

from pricingsite.blueprints.account import alerts, customers, details, estimate, usage

bp = Blueprint("account", __name__)
for module in (estimate, usage, alerts, details, customers):
    bp.register_blueprint(module.bp)
