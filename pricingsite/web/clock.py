"""The clock of the edge: services are given `now`, and only this module reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Config, current_app


def now() -> datetime:
    """This moment, aware UTC, or the one at which `PRICINGSITE_NOW` stopped the clock."""
    return now_by(current_app.config)


def now_by(config: Config) -> datetime:
    """The same by an app's configuration, where no request is at hand."""
    stopped: datetime | None = config["NOW"]
    return stopped or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let this process's clock stand still for a while, as `PRICINGSITE_NOW` does for good."""
    before = current_app.config["NOW"]
    current_app.config["NOW"] = moment
    try:
        yield
    finally:
        current_app.config["NOW"] = before
