"""Every setting of the site, one line and its unit.

These defaults, then `instance/settings.toml`, then `PRICINGSITE_…` environment variables. `load`
reads no name that is not listed here and checks every value once: a wrong one stops the start with
a line that says which and why.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from flask import Config

from pricingsite.setting_rules import RULES, SECRETS, TEXTS, host_of, instant_of, is_secret

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
# An online register of VAT numbers that answers like VIES, `https://…`; none = checked by hand.
TAX_ID_CHECK_URL: str | None = None
# Proxies in front of the site whose X-Forwarded-… headers are believed, a count.
TRUSTED_PROXIES = 0
# How long public pages may be kept before a new catalog shows on them, milliseconds.
PAGE_CHECK_MS = 200
# How far ahead a checkout's start date may lie, days.
CHECKOUT_DAYS_AHEAD = 90
# How long the link in an order e-mail works, days.
VERIFICATION_LINK_DAYS = 7
# An order whose address is not verified by then ends, days; 30 days later its data are erased.
UNVERIFIED_ORDER_DAYS = 30
# An invoice that is open so long after its last reminder suspends its customer, days; 0 = never.
SUSPEND_AFTER_DAYS = 0
# How long an invoice of what was charged in arrears waits for usage that arrives late, hours.
INVOICE_GRACE_HOURS = 1
# How long after its invoice a period's late usage is still billed, days.
LATE_USAGE_DAYS = 90
# What the numbers of invoices and of credit notes begin with.
INVOICE_PREFIX = "INV-"
CREDIT_NOTE_PREFIX = "CN-"
# The largest request body that is read, bytes.
MAX_CONTENT_LENGTH = 1_000_000
# How long a session lasts without being used, seconds; 14 days.
PERMANENT_SESSION_LIFETIME = 1_209_600

_PREFIX = "PRICINGSITE_"
# Read by `instance_path` before there is any configuration.
_INSTANCE_PATH = f"{_PREFIX}INSTANCE_PATH"


class SettingError(ValueError):
    """A wrong setting; it ends the start, and its one line is what is printed."""


def instance_path() -> Path:
    """The folder of the installation's own files: `instance/`, or what the environment says."""
    return Path(os.environ.get(_INSTANCE_PATH) or ROOT / "instance").absolute()


def load(config: Config, instance: Path, overrides: Mapping[str, object] | None = None) -> None:
    """Fill and check the configuration; `overrides` come last (for tests)."""
    config.from_mapping({name: globals()[name] for name in RULES})
    config.from_mapping(_from_file(instance / "settings.toml"))
    config.from_mapping(_from_environment())
    config.from_mapping(overrides or {})
    _check(config)
    _make_folder(instance)
    if config["SECRET_KEY"] is None:
        config["SECRET_KEY"] = _instance_secret(instance / "secret_key")
    if config["DATABASE_URL"] is None:
        config["DATABASE_URL"] = f"sqlite:///{instance / 'pricingsite.db'}"
    _derive(config)


def _from_file(path: Path) -> dict[str, object]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} cannot be read: {error}") from None
    except (ValueError, RecursionError) as error:
        # Numbers may have too many digits, too, and lists may nest too deeply.
        raise SettingError(f"{path} is not TOML: {error}") from None
    for name in values:
        _refuse_unknown(name, f"{name} in {path}")
    return values


def _from_environment() -> dict[str, object]:
    values: dict[str, object] = {}
    for variable, text in os.environ.items():
        name = variable.removeprefix(_PREFIX)
        if variable in {name, _INSTANCE_PATH}:
            continue
        _refuse_unknown(name, variable)
        # A secret of digits alone is text, too.
        values[name] = text if name in TEXTS else _number_or_text(text)
    return values


def _refuse_unknown(name: str, written: str) -> None:
    if name not in RULES:
        raise SettingError(f"There is no setting {written}: the README lists all of them")


def _number_or_text(text: str) -> object:
    if text in {"true", "false"}:
        return text == "true"
    try:
        return int(text)
    except ValueError:
        return text


def _check(config: Config) -> None:
    for name, (fits, expected) in RULES.items():
        value = config[name]
        if globals()[name] is None and value is None:
            continue
        try:
            right = fits(value)
        except ValueError:
            right = False
        if not right:
            # What may hold a password is not printed.
            hidden = name in SECRETS or "@" in str(value)
            found = "" if hidden else f", found {value!r}"
            raise SettingError(f"Setting {_PREFIX}{name}: expected {expected}{found}")
    if config["INVOICE_PREFIX"] == config["CREDIT_NOTE_PREFIX"]:
        raise SettingError(
            f"Settings {_PREFIX}INVOICE_PREFIX and {_PREFIX}CREDIT_NOTE_PREFIX: choose two that "
            "differ"
        )
    if config["NOW"] is not None and _is_secure(config["BASE_URL"]):
        raise SettingError(
            f"Setting {_PREFIX}NOW: the clock cannot be stopped while the base URL is https"
        )


def _is_secure(base_url: str) -> bool:
    return urlsplit(base_url).scheme == "https"


def _derive(config: Config) -> None:
    """Settings of Flask and its extensions that follow from ours."""
    url = urlsplit(config["BASE_URL"])
    secure = _is_secure(config["BASE_URL"])
    port = "" if url.port in {None, 443 if secure else 80} else f":{url.port}"
    config["BASE_URL"] = f"{url.scheme}://{host_of(url.netloc)}{port}"
    config["NOW"] = None if config["NOW"] is None else instant_of(config["NOW"])
    for cookie in ("SESSION", "REMEMBER"):
        name = {"SESSION": "session", "REMEMBER": "remember"}[cookie]
        config[f"{cookie}_COOKIE_NAME"] = f"__Host-{name}" if secure else name
        config[f"{cookie}_COOKIE_SECURE"] = secure
        config[f"{cookie}_COOKIE_HTTPONLY"] = True
        config[f"{cookie}_COOKIE_SAMESITE"] = "Lax"
    # Every address of a static file holds its content's hash.
    config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000
    config["SQLALCHEMY_DATABASE_URI"] = config["DATABASE_URL"]


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"The folder {path} cannot be made: {error.strerror}") from None


def _instance_secret(path: Path) -> str:
    """The installation's secret: read where there is one, else made and written."""
    try:
        secret = path.read_text("utf-8").strip()
    except FileNotFoundError:
        secret = _write_secret(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The secret in {path} cannot be read: {error}") from None
    if not is_secret(secret):
        expected = RULES["SECRET_KEY"][1]
        raise SettingError(f"The secret in {path}: expected {expected}. Delete it for a new one")
    return secret


def _write_secret(path: Path) -> str:
    """Write a new secret once: of processes starting together, one writes, and all read it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        try:
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48))
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
        return path.read_text()
    except OSError as error:
        raise SettingError(
            f"Setting {_PREFIX}SECRET_KEY: there is none, and none can be written to {path}: "
            f"{error.strerror}"
        ) from None
