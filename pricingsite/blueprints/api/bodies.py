"""Bodies of requests: JSON decoded by the types that describe it, refused by the paths of fields.

Numbers are decimal strings, or whole numbers as JSON has them; they are never floats.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from pricingsite.pricing import NumberError, parse_decimal
from pricingsite.web.http.problems import Problem

T = TypeVar("T")

# msgspec's own words: "Expected `str`, got `int` - at `$.phases[0].price`".
_PLACED = re.compile(r"(?P<reason>.*) - at `\$\.?(?P<path>.*)`", re.DOTALL)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class FieldError(ValueError):
    """A field that cannot be used: its `path` in the body, and a message that says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path


def read_body(shape: type[T]) -> T:
    """The body of the request as a type; refused where it is not of it."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send the body as application/json.")
    try:
        return msgspec.json.decode(request.get_data(), type=shape)
    except msgspec.ValidationError as error:
        found = _PLACED.fullmatch(str(error))
        path, reason = (found["path"], found["reason"]) if found else ("", str(error))
        raise fields_refused([(path, reason)]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "unreadable", f"The body cannot be read: {error}.") from None


def fields_refused(errors: Iterable[tuple[str, str]]) -> Problem:
    """The refusal of fields by their paths; the body itself is the empty one."""
    written = [{"path": path, "reason": reason} for path, reason in errors]
    told = "; ".join(f"{one['path'] or 'the body'}: {one['reason']}" for one in written)
    return Problem(422, "fields-refused", told, errors=written)


@contextmanager
def refusing_fields() -> Iterator[None]:
    """Tell a `FieldError` as the problem that names the field."""
    try:
        yield
    except FieldError as error:
        raise fields_refused([(error.path, str(error))]) from None


@contextmanager
def at_path(path: str, *errors: type[ValueError]) -> Iterator[None]:
    """Let what a service refuses be about the field of a path."""
    try:
        yield
    except FieldError:
        raise
    except errors as error:
        raise FieldError(path, str(error)) from None


def day_at(path: str, text: str) -> date:
    """A day such as 2027-01-31. Raises `FieldError`."""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise FieldError(path, f"{text!r} is not a day such as 2027-01-31") from None


def number_at(path: str, value: str | int, *, places: int) -> Decimal:
    """A number, zero or more, of at most so many decimals. Raises `FieldError`."""
    try:
        return parse_decimal(str(value), places=places)
    except NumberError as error:
        raise FieldError(path, str(error)) from None


def checked(values: Mapping[str, T], check: Callable[[str, T], T]) -> dict[str, T]:
    """Values that a check of each has passed; all that are refused are told at once."""
    found, errors = {}, []
    for name, value in values.items():
        try:
            found[name] = check(name, value)
        except ValueError as error:
            errors.append((name, str(error)))
    if errors:
        raise fields_refused(errors)
    return found
