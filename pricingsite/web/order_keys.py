"""What an order form carries unseen: its order key, in the session, and the prices it showed.

There is one key a plan and session, so that two tabs, a double click, a refresh and a retry are one
order. The prices are signed, so that what was shown can be told from what is asked.
"""

from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe

from flask import current_app, session
from itsdangerous import BadSignature, URLSafeSerializer

_KEYS = "order_keys"


@dataclass(frozen=True, slots=True)
class ShownPrices:
    """The price version of a form, and its prices in words as they stood on it."""

    version: str
    lines: tuple[str, ...]


def order_key(plan_id: str) -> str | None:
    """This session's key for orders of a plan, if it has one."""
    keys: dict[str, str] = session.get(_KEYS, {})
    return keys.get(plan_id)


def new_order_key(plan_id: str) -> str:
    """A new key: the next order of the plan is another one."""
    key = token_urlsafe(24)
    session.permanent = True
    session[_KEYS] = {**session.get(_KEYS, {}), plan_id: key}
    return key


def another_order_key(plan_id: str, key: str) -> str:
    """The key of one more order; it follows from the one before, so a double click is one too."""
    following = sha256(key.encode()).hexdigest()
    session[_KEYS] = {**session.get(_KEYS, {}), plan_id: following}
    return following


def sign_prices(shown: ShownPrices) -> str:
    """The prices of a form, for its hidden field."""
    return _serializer().dumps([shown.version, *shown.lines])


def read_prices(text: str) -> ShownPrices | None:
    """The prices that a form showed; None if they are not as we signed them."""
    try:
        version, *lines = _serializer().loads(text)
    except (BadSignature, ValueError):
        return None
    return ShownPrices(version, tuple(lines))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="shown-prices")
