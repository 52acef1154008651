"""The values of a file: a reader for each kind, which says in words what another value is."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, get_type_hints
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from email_validator import EmailNotValidError, validate_email

from pricingsite.pricing import parse_decimal
from pricingsite.pricing.periods import LAST_DAY
from pricingsite.services.catalog.toml_tables import Problems, Reader, accepted_as, kind_of
from pricingsite.wording.characters import CONTROL, hidden_character
from pricingsite.wording.countries import country_codes

MOST_DAYS = 366

_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_PRICE_ID = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")
_CURRENCIES = frozenset(list_currencies())
_ZONES = frozenset(available_timezones())


def reader(check: Callable[[Any], Any], **accepts: Any) -> Reader:
    """Read a value by a check that raises `ValueError` in words.

    JSON Schema knows the value by what the check returns, and by what `accepts` adds to that.
    """

    def read(found: Any, path: str, problems: Problems) -> Any:
        try:
            return check(found)
        except ValueError as error:
            problems.add(path, str(error))
            return None

    schema = accepted_as(get_type_hints(check).get("return")) | accepts
    return Reader(read, lambda _where: schema)


def check_text(value: Any) -> str:
    """Text without the space around it, all to be seen; raises `ValueError` otherwise."""
    if not isinstance(value, str):
        raise ValueError(f"expected text in quotes, found {kind_of(value)}")
    if not value.strip():
        raise ValueError("expected text, found none")
    if hidden := hidden_character(value):
        raise ValueError(f"the text contains a character that cannot be seen: {hidden}")
    return value.strip()


@partial(reader, pattern=r"\S")
def text(value: Any) -> str:
    """Text on one line."""
    line = check_text(value)
    if CONTROL.search(line):
        raise ValueError("expected one line of text without control characters")
    return line


@partial(reader, pattern=r"\S")
def lines(value: Any) -> str:
    """Text that may run over several lines."""
    whole = check_text(value)
    if CONTROL.search(whole.replace("\n", "")):
        raise ValueError("expected text without control characters")
    return whole


def _id(pattern: re.Pattern[str], words: str) -> Reader:
    def check(value: Any) -> str:
        check_text(value)
        if not pattern.fullmatch(value):
            raise ValueError(f'"{value}" is not an id: use {words}, "-" and "_" between them')
        return str(value)

    return reader(check, pattern=f"^{pattern.pattern}$")


id_ = _id(_ID, "lower-case letters and digits")
price_id = _id(_PRICE_ID, "letters and digits")


def one_of(*choices: str) -> Reader:
    """One of a few words, as it stands among the choices: a member, where they are an enum's."""

    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, found {shown(value)}")
        return choices[choices.index(value)]

    return reader(check, enum=[str(choice) for choice in choices])


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    return f'"{value}"' if isinstance(value, str) else kind_of(value)


def _listed(known: frozenset[str], what: str) -> Reader:
    def check(value: Any) -> str:
        check_text(value)
        if value not in known:
            raise ValueError(f'"{value}" is not {what}')
        return str(value)

    return reader(check, enum=sorted(known))


currency = _listed(_CURRENCIES, "an ISO 4217 currency code such as GBP")
country_code = _listed(country_codes(), "an ISO 3166 country code such as GB")
timezone = _listed(_ZONES, "an IANA time zone such as Europe/London")


@partial(reader, pattern="^[^@]+@[^@]+$")
def email(value: Any) -> str:
    """An e-mail address; whether its domain takes mail is not looked up."""
    try:
        return validate_email(
            check_text(value), check_deliverability=False, allow_smtputf8=False
        ).normalized
    except EmailNotValidError as error:
        raise ValueError(f'"{value}" is not an e-mail address: {error}') from None


@reader
def day(value: Any) -> date:
    """A calendar day that can be billed, as text or as TOML's own date."""
    try:
        found = value if type(value) is date else date.fromisoformat(check_text(value))
    except ValueError:
        raise ValueError(f'expected a day such as "2027-01-31", found {shown(value)}') from None
    if found > LAST_DAY:
        raise ValueError(f"expected a day up to {LAST_DAY}, found {found}")
    return found


@reader
def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, found {shown(value)}")
    return value


@partial(reader, minimum=0, maximum=MOST_DAYS)
def days(value: Any) -> int:
    """A whole number of days, the one kind of number that stands without quotes."""
    if type(value) is not int or not 0 <= value <= MOST_DAYS:
        raise ValueError(f"expected a whole number of days from 0 to {MOST_DAYS}")
    return value


def decimal(*, at_most: int | None = None, places: int = 12) -> Reader:
    """An exact decimal in quotes; a TOML number is refused, because it may have been rounded."""

    def check(value: Any) -> Decimal:
        if not isinstance(value, str):
            raise ValueError(f'expected a decimal in quotes such as "0.45", found {kind_of(value)}')
        number = parse_decimal(value, places=places)
        if at_most is not None and number > at_most:
            raise ValueError(f"expected at most {at_most}, found {value}")
        return number

    return reader(check)
