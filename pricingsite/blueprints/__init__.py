"""HTTP only: parse, one service call, render or redirect."""

from flask import Flask

from pricingsite.blueprints import access, account, api, checkout, health, pages, plans


def init_app(app: Flask) -> None:
    """Mount every blueprint."""
    for module in (plans, checkout, account, access, pages, health, api):
        app.register_blueprint(module.bp)
