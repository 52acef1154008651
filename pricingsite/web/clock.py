"""The clock of the edge: services are given `now`, and only this module reads it."""

from datetime import UTC, datetime

from flask import current_app


def now() -> datetime:
    """This moment, aware UTC, or the one at which `PRICINGSITE_NOW` stopped the clock."""
    stopped: datetime | None = current_app.config["NOW"]
    return stopped or datetime.now(UTC)
