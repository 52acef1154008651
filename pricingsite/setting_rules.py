"""What each setting may be: whether a value fits, and what is expected where it does not."""

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

# A value fits when this says so; one that cannot even be read may raise ValueError.
Fits = Callable[[object], bool]

_SECRET_KEY_LENGTH, _SECRET_KEY_CHARACTERS = 32, 8
_HOST_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_YEARS = range(2000, 2200)
_HIGHEST_PORT = 65_535
# A number is part of an address, and never taken for a draft's id.
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,19}")
_PREFIX_EXPECTED = "a letter, then at most 19 letters, digits, dots, hyphens or underscores"


def host_of(address: str) -> str:
    """The host of `host:port`, in the one form in which two hosts are compared.

    Raises ValueError where it is no host name, IPv4 address or bracketed IPv6 address.
    """
    parts = urlsplit(f"//{address}")
    host = (parts.hostname or "").removesuffix(".")
    if parts.netloc != address or "@" in address or parts.port == 0:
        raise ValueError(f"no host: {address!r}")
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    if not all(_HOST_LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError(f"no host: {address!r}")
    return host


def instant_of(text: str) -> datetime | None:
    """An instant as aware UTC; None where it is none or says no offset."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _is_site(value: object) -> bool:
    url = urlsplit(value) if isinstance(value, str) else urlsplit("")
    plain = f"{url.scheme}://{url.netloc}".lower() == str(value).lower().removesuffix("/")
    return url.scheme in {"http", "https"} and plain and bool(host_of(url.netloc))


def _is_database(value: object) -> bool:
    try:
        url = make_url(value) if isinstance(value, str) else make_url("")
    except ArgumentError:
        return False
    if url.drivername == "sqlite":
        return url.database not in {None, "", ":memory:"}
    return url.drivername == "postgresql+psycopg" and 0 <= (url.port or 0) <= _HIGHEST_PORT


def is_secret(value: object) -> bool:
    """Whether a text is long and varied enough to sign with."""
    if not isinstance(value, str) or len(value.strip()) < _SECRET_KEY_LENGTH:
        return False
    # A short text over and over is found in itself, doubled, before its own length.
    repeats = (value + value).find(value, 1) < len(value)
    return len(set(value)) >= _SECRET_KEY_CHARACTERS and not repeats


def _is_redis(value: object) -> bool:
    # What few sites have is loaded by those alone.
    from redis.connection import parse_url  # noqa: PLC0415

    return _is_server(value, {"redis", "rediss"}) and bool(parse_url(value))  # type: ignore[no-untyped-call]


def _is_smtp(value: object) -> bool:
    return _is_server(value, {"smtp", "smtps"})


def _is_server(value: object, schemes: set[str]) -> bool:
    url = urlsplit(value) if isinstance(value, str) else urlsplit("")
    return url.scheme in schemes and bool(host_of(url.netloc.rpartition("@")[2]))


def _is_web_address(value: object) -> bool:
    """What is sent over http could be read, and answered by others, on the way."""
    url = urlsplit(value) if isinstance(value, str) else urlsplit("")
    here = url.scheme == "http" and url.hostname in {"127.0.0.1", "localhost"}
    return (here or url.scheme == "https") and bool(host_of(url.netloc))


def _is_instant(value: object) -> bool:
    instant = instant_of(value) if isinstance(value, str) else None
    return instant is not None and instant.year in _YEARS


def _is_prefix(value: object) -> bool:
    return isinstance(value, str) and _PREFIX.fullmatch(value) is not None


def _whole(least: int, most: int, unit: str) -> tuple[Fits, str]:
    def fits(value: object) -> bool:
        return type(value) is int and least <= value <= most

    return fits, f"a whole number of {unit} from {least:,} to {most:,}"


# Of each setting: whether a value fits, and what is expected.
RULES: dict[str, tuple[Fits, str]] = {
    "BASE_URL": (_is_site, "http://host or https://host, with a port at most, and no path or user"),
    "DATABASE_URL": (_is_database, "sqlite:///FILE or postgresql+psycopg://user@host/name"),
    "DATABASE_BUSY_SECONDS": _whole(0, 600, "seconds"),
    "SECRET_KEY": (is_secret, f"{_SECRET_KEY_LENGTH} random characters or more"),
    "NOW": (_is_instant, "an instant such as 2027-02-28T12:00:00Z, in the years 2000 to 2199"),
    "RATELIMIT_ENABLED": (lambda value: isinstance(value, bool), "true or false"),
    "REDIS_URL": (_is_redis, "redis://host:port or rediss://host:port"),
    "SMTP_URL": (_is_smtp, "smtp://host:port or smtps://host:port"),
    "TAX_ID_CHECK_URL": (_is_web_address, "https://host/path, or http:// on this machine"),
    "TRUSTED_PROXIES": _whole(0, 10, "proxies"),
    "PAGE_CHECK_MS": _whole(0, 1_000, "milliseconds"),
    "CHECKOUT_DAYS_AHEAD": _whole(0, 3_650, "days"),
    "VERIFICATION_LINK_DAYS": _whole(1, 365, "days"),
    "UNVERIFIED_ORDER_DAYS": _whole(1, 365, "days"),
    "SUSPEND_AFTER_DAYS": _whole(0, 365, "days"),
    "INVOICE_GRACE_HOURS": _whole(0, 720, "hours"),
    "LATE_USAGE_DAYS": _whole(0, 3_650, "days"),
    "INVOICE_PREFIX": (_is_prefix, _PREFIX_EXPECTED),
    "CREDIT_NOTE_PREFIX": (_is_prefix, _PREFIX_EXPECTED),
    "MAX_CONTENT_LENGTH": _whole(10_000, 1_000_000_000, "bytes"),
    "PERMANENT_SESSION_LIFETIME": _whole(60, 34_560_000, "seconds"),
}
# May hold a password, so that no message shows them.
SECRETS = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_URL"}
# Read as text even where they look like a number; a secret may be digits alone.
TEXTS = SECRETS | {"BASE_URL", "NOW", "TAX_ID_CHECK_URL", "INVOICE_PREFIX", "CREDIT_NOTE_PREFIX"}
