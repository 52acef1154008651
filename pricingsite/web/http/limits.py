"""Rate limits, counted in memory or, past one process, in Redis.

Guesses are limited by the account they are made at and by the network they come from, and only
those that fail count; what sends e-mails or writes orders is limited by network. Reading is not
limited: pages, the calculator, and calls of the API with a good key.

While Redis does not answer, each process counts for itself: limits are looser then, and the site
goes on.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from flask import Flask, Response
from flask_limiter import Limiter
from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from pricingsite.web.http.networks import network

log = logging.getLogger(__name__)

# Each longer while makes whoever goes on wait longer.
ACCOUNT_FAILURES = "10 per 5 minutes; 30 per hour"
NETWORK_FAILURES = "10 per 5 minutes; 60 per hour; 300 per day"

# All limits are looked at, so that the wait that is told is the longest of those that hold.
limiter = Limiter(key_func=network, headers_enabled=False, fail_on_first_breach=False)

_SCHEME = "redis-or-memory+"
# A limit is no reason to keep somebody waiting.
_ANSWER_SECONDS = 0.5
# How long Redis is left alone after it did not answer.
_PAUSE_SECONDS = 10


def init_app(app: Flask) -> None:
    """Count from here on, unless `PRICINGSITE_RATELIMIT_ENABLED` is false."""
    redis_url = app.config["REDIS_URL"]
    app.config["RATELIMIT_STORAGE_URI"] = _SCHEME + redis_url if redis_url else "memory://"
    limiter.init_app(app)


def failed(response: Response) -> bool:
    """Whether a form was answered by its mistakes, a wrong password among them."""
    return response.status_code == 422  # noqa: PLR2004


def counts_are_shared() -> bool:
    """Whether every process counts in the same place, as it was set up to."""
    return not limiter.enabled or limiter.storage.check()


def _counting(name: str) -> Callable[..., Any]:
    """A method of a storage, done by Redis or, while that does not answer, in memory."""

    def count(self: "RedisOrMemory", *args: Any, **values: Any) -> Any:
        if monotonic() >= self.asked_again_at:
            try:
                answer = getattr(self.redis, name)(*args, **values)
            except RedisError as error:
                self.leave_alone(error)
            else:
                self.welcome_back()
                return answer
        return getattr(self.memory, name)(*args, **values)

    return count


class RedisOrMemory(Storage):
    """Counts in Redis, and in this process's memory while Redis does not answer."""

    STORAGE_SCHEME = [f"{_SCHEME}redis", f"{_SCHEME}rediss"]  # noqa: RUF012 - as its base has it

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri, **options)
        self.memory = MemoryStorage()
        self.redis = RedisStorage(
            uri.removeprefix(_SCHEME),
            socket_connect_timeout=_ANSWER_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
        )
        self.is_away = False
        self.asked_again_at = 0.0

    incr = _counting("incr")
    get = _counting("get")
    get_expiry = _counting("get_expiry")
    clear = _counting("clear")
    reset = _counting("reset")

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What a count may fail with: nothing of Redis."""
        return self.memory.base_exceptions

    def check(self) -> bool:
        """Whether Redis answers now."""
        return self.redis.check()

    def leave_alone(self, error: RedisError) -> None:
        """Ask Redis nothing for a while; tell it once."""
        self.asked_again_at = monotonic() + _PAUSE_SECONDS
        if not self.is_away:
            self.is_away = True
            log.warning("Redis does not answer (%s): each process counts its own limits", error)

    def welcome_back(self) -> None:
        """Tell that limits are counted in Redis again."""
        if self.is_away:
            self.is_away = False
            log.warning("Redis answers again: limits are counted there")
