"""Rate limits per address, counted in memory or, past one process, in Redis."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address, headers_enabled=False)


def init_app(app: Flask) -> None:
    """Count from here on, unless `PRICINGSITE_RATELIMIT_ENABLED` is false."""
    limiter.init_app(app)
