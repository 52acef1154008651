"""Reading the tables of a file by the keys that a dataclass declares.

`key(…)` stands on a field and says how its value is read; `table(cls)` is the one walker over them.
Every problem is collected with its path, lists counted from 0, and a value that has one is None.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from keyword import iskeyword
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import list_currencies
from email_validator import EmailNotValidError, validate_email

from pricingsite.pricing import parse_decimal
from pricingsite.pricing.periods import LAST_DAY
from pricingsite.wording.characters import CONTROL, hidden_character

REQUIRED = object()
MOST_DAYS = 366

_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_PRICE_ID = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")
_CURRENCIES = frozenset(list_currencies())
_ZONES = frozenset(available_timezones())
# What CLDR lists besides the countries of ISO 3166: unions, parts of countries, and test codes.
_NO_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"]
)
COUNTRIES = frozenset(
    str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code))
).difference(_NO_COUNTRIES)


class Problems:
    """What is wrong with a file, one line each, in the order it was found."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._places: set[str] = set()

    def add(self, path: str, message: str) -> None:
        """Note a problem at a place; an empty path is the whole file."""
        self._places.add(path)
        self.lines.append(f"{path}: {message}" if path else message)

    def at(self, path: str) -> bool:
        """Whether something is wrong at a place already."""
        return path in self._places


Read = Callable[[Any, str, Problems], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """How a key's value is read, and what stands for it when it is left out."""

    read: Read
    default: Any = REQUIRED


def key(read: Read, default: Any = REQUIRED) -> Any:
    """A dataclass field that is a key of its table."""
    return field(metadata={"key": Key(read, default)})


def keys_of(cls: Any) -> dict[str, Key]:
    """The keys that a dataclass declares; one that Python keeps for itself ends in `_` there."""
    return {f.name.rstrip("_"): f.metadata["key"] for f in fields(cls) if "key" in f.metadata}


def read_keys(
    keys: Mapping[str, Key], found: dict[str, Any], path: str, problems: Problems
) -> dict[str, Any]:
    """The values of a table's keys; unknown and missing ones are problems."""
    for name in found:
        if name not in keys:
            problems.add(join(path, name), f"unknown key{_known(name, keys, found)}")
    return {name: _value(name, key, found, path, problems) for name, key in keys.items()}


def _value(name: str, key: Key, found: dict[str, Any], path: str, problems: Problems) -> Any:
    if name in found:
        return key.read(found[name], join(path, name), problems)
    if key.default is REQUIRED:
        problems.add(join(path, name), "this key is missing")
        return None
    return key.default


def _known(name: str, keys: Mapping[str, Key], found: dict[str, Any]) -> str:
    # What stands there under its own name is not what was meant.
    near = get_close_matches(name, keys.keys() - found.keys(), n=1)
    hint = f': did you mean "{near[0]}"?' if near else "."
    return f"{hint} Known here: {', '.join(sorted(keys))}"


def join(path: str, name: str) -> str:
    """The path of a key in the table at `path`."""
    return f"{path}.{name}" if path else name


def kind_of(value: Any) -> str:
    """What a TOML value is, in words."""
    kinds = {
        bool: "true or false", int: "a number", float: "a float", str: "text",
        list: "a list", dict: "a table",
    }  # fmt: skip
    return kinds.get(type(value), "a date or time")


def table(cls: Any) -> Read:
    """Read a table into the dataclass that declares its keys, with the `path` it stands at."""
    keys = keys_of(cls)

    @only_tables
    def read(found: dict[str, Any], path: str, problems: Problems) -> Any:
        values = read_keys(keys, found, path, problems)
        return cls(path=path, **{f"{n}_" if iskeyword(n) else n: v for n, v in values.items()})

    return read


def only_tables(read: Read) -> Read:
    """Refuse what is no table, which then reads as None."""

    def check(found: Any, path: str, problems: Problems) -> Any:
        if isinstance(found, dict):
            return read(found, path, problems)
        problems.add(path, f"expected a table of keys, found {kind_of(found)}")
        return None

    return check


def tables(read: Read, *, at_least: int = 0) -> Read:
    """Read a list of tables, those that are none left out: the others know their own paths."""
    read_all = each(read, at_least=at_least)
    return lambda *place: tuple(item for item in read_all(*place) if item is not None)


def each(read: Read, *, at_least: int = 0) -> Read:
    """Read every item of a list; one that has a problem keeps its place, as None."""

    def read_all(found: Any, path: str, problems: Problems) -> tuple[Any, ...]:
        if not isinstance(found, list):
            problems.add(path, f"expected a list, found {kind_of(found)}")
            return ()
        if len(found) < at_least:
            problems.add(path, "name at least one")
        return tuple(read(item, f"{path}[{n}]", problems) for n, item in enumerate(found))

    return read_all


def reader(check: Callable[[Any], Any]) -> Read:
    """Read a value by a check that raises `ValueError` in words."""

    def read(found: Any, path: str, problems: Problems) -> Any:
        try:
            return check(found)
        except ValueError as error:
            problems.add(path, str(error))
            return None

    return read


def check_text(value: Any) -> str:
    """Text without the space around it, all to be seen; raises `ValueError` otherwise."""
    if not isinstance(value, str):
        raise ValueError(f"expected text in quotes, found {kind_of(value)}")
    if not value.strip():
        raise ValueError("expected text, found none")
    if hidden := hidden_character(value):
        raise ValueError(f"the text contains a character that cannot be seen: {hidden}")
    return value.strip()


@reader
def text(value: Any) -> str:
    """Text on one line."""
    line = check_text(value)
    if CONTROL.search(line):
        raise ValueError("expected one line of text without control characters")
    return line


@reader
def lines(value: Any) -> str:
    """Text that may run over several lines."""
    whole = check_text(value)
    if CONTROL.search(whole.replace("\n", "")):
        raise ValueError("expected text without control characters")
    return whole


def _id(pattern: re.Pattern[str], words: str) -> Read:
    def check(value: Any) -> str:
        check_text(value)
        if not pattern.fullmatch(value):
            raise ValueError(f'"{value}" is not an id: use {words}, "-" and "_" between them')
        return str(value)

    return reader(check)


id_ = _id(_ID, "lower-case letters and digits")
price_id = _id(_PRICE_ID, "letters and digits")


def one_of(*choices: str) -> Read:
    """One of a few words, as it stands among the choices: a member, where they are an enum's."""

    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}, found {shown(value)}")
        return choices[choices.index(value)]

    return reader(check)


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    return f'"{value}"' if isinstance(value, str) else kind_of(value)


def _listed(known: frozenset[str], what: str) -> Read:
    def check(value: Any) -> str:
        check_text(value)
        if value not in known:
            raise ValueError(f'"{value}" is not {what}')
        return str(value)

    return reader(check)


currency = _listed(_CURRENCIES, "an ISO 4217 currency code such as GBP")
country_code = _listed(COUNTRIES, "an ISO 3166 country code such as GB")
timezone = _listed(_ZONES, "an IANA time zone such as Europe/London")


@reader
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


@reader
def days(value: Any) -> int:
    """A whole number of days, the one kind of number that stands without quotes."""
    if type(value) is not int or not 0 <= value <= MOST_DAYS:
        raise ValueError(f"expected a whole number of days from 0 to {MOST_DAYS}")
    return value


def decimal(*, at_most: int | None = None, places: int = 12) -> Read:
    """An exact decimal in quotes; a TOML number is refused, because it may have been rounded."""

    def check(value: Any) -> Decimal:
        if not isinstance(value, str):
            raise ValueError(f'expected a decimal in quotes such as "0.45", found {kind_of(value)}')
        number = parse_decimal(value, places=places)
        if at_most is not None and number > at_most:
            raise ValueError(f"expected at most {at_most}, found {value}")
        return number

    return reader(check)
