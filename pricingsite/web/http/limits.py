"""Rate limits, counted in memory or, past one process, in Redis.

Guesses are limited by the account they are made at and by the network they come from, and only
those that fail count; what sends e-mails or writes orders is limited by network. Reading is not
limited: pages, the calculator, and calls of the API with a good key.
"""

from flask import Flask, Response
from flask_limiter import Limiter

from pricingsite.web.http.networks import network

# Each longer while makes whoever goes on wait longer.
ACCOUNT_FAILURES = "10 per 5 minutes; 30 per hour"
NETWORK_FAILURES = "10 per 5 minutes; 60 per hour; 300 per day"

# All limits are looked at, so that the wait that is told is the longest of those that hold.
limiter = Limiter(key_func=network, headers_enabled=False, fail_on_first_breach=False)


def init_app(app: Flask) -> None:
    """Count from here on, unless `PRICINGSITE_RATELIMIT_ENABLED` is false."""
    app.config["RATELIMIT_STORAGE_URI"] = "memory://"
    if redis_url := app.config["REDIS_URL"]:
        # What few sites have is loaded by those alone.
        from pricingsite.web.http.redis_limits import SCHEME  # noqa: PLC0415

        app.config["RATELIMIT_STORAGE_URI"] = SCHEME + redis_url
    limiter.init_app(app)


def failed(response: Response) -> bool:
    """Whether a form was answered by its mistakes, a wrong password among them."""
    return response.status_code == 422  # noqa: PLR2004


def counts_are_shared() -> bool:
    """Whether every process counts in the same place, as it was set up to."""
    return not limiter.enabled or limiter.storage.check()
