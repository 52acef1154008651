"""The merchant of this site, read at most once a request and only when something asks."""

from datetime import date
from typing import Any

from flask import Flask, g
from sqlalchemy import inspect
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.local import LocalProxy

from pricingsite.database import db
from pricingsite.models.merchant import Merchant
from pricingsite.services.merchant import find_merchant
from pricingsite.web.clock import now
from pricingsite.wording.tax import Tax


def current_merchant() -> Merchant:
    """The merchant that the applied catalog names; 503 while there is none."""
    merchant: Merchant | None = g.get("merchant")
    # A command that reads much lets go of what it has read, and then reads it again.
    if merchant is None or inspect(merchant).detached:
        merchant = g.merchant = find_merchant(db.session())
    if merchant is None:
        raise ServiceUnavailable("No catalog has been applied yet: run `flask catalog apply FILE`.")
    return merchant


def merchant_today() -> date:
    """The merchant's date: days of prices, orders and periods are its zone's."""
    return current_merchant().today(now())


def current_tax() -> Tax:
    """What the merchant's tax is called, and which amounts lead."""
    return current_merchant().tax


def init_app(app: Flask) -> None:
    """Let every template name the `merchant`."""

    @app.context_processor
    def _merchant() -> dict[str, Any]:
        # A proxy, so that a page that shows none of it costs no query and needs no database.
        return {"merchant": LocalProxy(current_merchant)}
