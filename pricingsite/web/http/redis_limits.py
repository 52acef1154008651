"""Counting limits in Redis, where every process of the site counts.

While Redis does not answer, each process counts for itself: limits are looser then, and the site
goes on.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Any

from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

SCHEME = "redis-or-memory+"
# A limit is no reason to keep somebody waiting.
_ANSWER_SECONDS = 0.5
# How long Redis is left alone after it did not answer.
_PAUSE_SECONDS = 10


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

    STORAGE_SCHEME = [f"{SCHEME}redis", f"{SCHEME}rediss"]  # noqa: RUF012 - as its base has it

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri, **options)
        self.memory = MemoryStorage()
        self.redis = RedisStorage(
            uri.removeprefix(SCHEME),
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
