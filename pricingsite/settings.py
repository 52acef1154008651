"""Every setting of the site, one line and its unit.

Flask's own order: these defaults, then `instance/settings.toml`, then `PRICINGSITE_…` environment
variables (a value is read as JSON where it is JSON, as text otherwise). `load` checks them all
once, and a wrong one stops the start with a line that says which and why.
"""

import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Config

ROOT = Path(__file__).parent.parent

# Where the site's visitors reach it; https makes cookies `Secure` and `__Host-`.
BASE_URL = "http://127.0.0.1:5000"
# SQLAlchemy URL; none = SQLite in the instance folder; `postgresql+psycopg://…` past one machine.
DATABASE_URL: str | None = None
# How long a write waits for another before it is told to try again, seconds.
DATABASE_BUSY_SECONDS = 5
# Signs sessions and links, text of 32 characters or more; none = made at the first start.
SECRET_KEY: str | None = None
# An instant in ISO 8601 at which the clock stands still, for trying things out; none = real time.
NOW: str | None = None
# Whether sign-in, checkout and look-ups are limited per address.
RATELIMIT_ENABLED = True
# Where limits are counted when there is more than one process: `redis://…`; none = in memory.
REDIS_URL: str | None = None
# `smtp://user:password@host:port` or `smtps://…`; none = e-mails are files in `instance/outbox/`.
SMTP_URL: str | None = None
# Proxies in front of the site whose X-Forwarded-… headers are believed, a count.
TRUSTED_PROXIES = 0
# How far ahead a checkout's start date may lie, days.
CHECKOUT_DAYS_AHEAD = 90
# How long the link in an order e-mail works, days.
VERIFICATION_LINK_DAYS = 7
# The largest request body that is read, bytes.
MAX_CONTENT_LENGTH = 1_000_000
# How long a session lasts without being used.
PERMANENT_SESSION_LIFETIME = timedelta(days=14)

_SECRET_KEY_LENGTH = 32
_SECRETS = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SMTP_URL"}


class SettingError(ValueError):
    """A wrong setting; it ends the start, and its one line is what is printed."""


def instance_path() -> Path:
    """The folder of the installation's own files: `instance/`, or what the environment says."""
    return Path(os.environ.get("PRICINGSITE_INSTANCE_PATH") or ROOT / "instance").absolute()


def load(config: Config, instance: Path, overrides: Mapping[str, object] | None = None) -> None:
    """Fill and check the configuration; `overrides` come last (for tests)."""
    config.from_object(__name__)
    try:
        config.from_file(str(instance / "settings.toml"), tomllib.load, silent=True, text=False)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"instance/settings.toml is not TOML: {error}") from None
    config.from_prefixed_env("PRICINGSITE")
    config.from_mapping(overrides or {})
    _check(config)
    instance.mkdir(parents=True, exist_ok=True)
    if config["SECRET_KEY"] is None:
        config["SECRET_KEY"] = _instance_secret(instance / "secret_key")
    if config["DATABASE_URL"] is None:
        config["DATABASE_URL"] = f"sqlite:///{instance / 'pricingsite.db'}"
    _derive(config)


def _check(config: Config) -> None:
    for name, (holds, why) in _RULES.items():
        if not holds(config[name]):
            # What holds a password is not printed.
            found = "" if name in _SECRETS else f", found {config[name]!r}"
            raise SettingError(f"Setting PRICINGSITE_{name}: {why}{found}")
    if config["NOW"] is not None and config["BASE_URL"].startswith("https:"):
        raise SettingError(
            "Setting PRICINGSITE_NOW: the clock cannot be stopped while the base URL is https"
        )


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_site(value: object) -> bool:
    url = urlsplit(value if isinstance(value, str) else "")
    rest = url.path.strip("/") or url.query or url.fragment
    return url.scheme in {"http", "https"} and bool(url.netloc) and not rest


def _is_database(value: object) -> bool:
    schemes = ("sqlite:///", "postgresql+psycopg://")
    return value is None or (isinstance(value, str) and value.startswith(schemes))


def _is_secret(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) >= _SECRET_KEY_LENGTH)


def _is_smtp(value: object) -> bool:
    return value is None or (isinstance(value, str) and value.startswith(("smtp://", "smtps://")))


def _is_instant(value: object) -> bool:
    return value is None or (isinstance(value, str) and _instant(value) is not None)


_COUNT: tuple[Callable[[object], bool], str] = (_is_count, "expected a whole number from 0")
_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "BASE_URL": (_is_site, "expected http://host or https://host with no path"),
    "DATABASE_URL": (_is_database, "expected sqlite:///… or postgresql+psycopg://…"),
    "DATABASE_BUSY_SECONDS": _COUNT,
    "SECRET_KEY": (_is_secret, f"expected {_SECRET_KEY_LENGTH} characters or more"),
    "NOW": (_is_instant, "expected an instant such as 2027-02-28T12:00:00Z"),
    "RATELIMIT_ENABLED": (lambda value: isinstance(value, bool), "expected true or false"),
    "REDIS_URL": (_is_text, "expected redis://…"),
    "SMTP_URL": (_is_smtp, "expected smtp://host:port or smtps://host:port"),
    "TRUSTED_PROXIES": _COUNT,
    "CHECKOUT_DAYS_AHEAD": _COUNT,
    "VERIFICATION_LINK_DAYS": _COUNT,
    "MAX_CONTENT_LENGTH": _COUNT,
}


def _derive(config: Config) -> None:
    """Settings of Flask and its extensions that follow from ours."""
    config["BASE_URL"] = str(config["BASE_URL"]).rstrip("/")
    config["NOW"] = None if config["NOW"] is None else _instant(config["NOW"])
    secure = config["BASE_URL"].startswith("https://")
    for cookie in ("SESSION", "REMEMBER"):
        name = {"SESSION": "session", "REMEMBER": "remember"}[cookie]
        config[f"{cookie}_COOKIE_NAME"] = f"__Host-{name}" if secure else name
        config[f"{cookie}_COOKIE_SECURE"] = secure
        config[f"{cookie}_COOKIE_HTTPONLY"] = True
        config[f"{cookie}_COOKIE_SAMESITE"] = "Lax"
    if secure:
        config["TRUSTED_HOSTS"] = [urlsplit(config["BASE_URL"]).hostname]
    # Every address of a static file holds its content's hash.
    config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000
    config["SQLALCHEMY_DATABASE_URI"] = config["DATABASE_URL"]
    config["RATELIMIT_STORAGE_URI"] = config["REDIS_URL"] or "memory://"


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None


def _instance_secret(path: Path) -> str:
    """The installation's secret, written once: of processes starting together, one writes."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
