"""Lists page by page: `limit` and `after`, and no parameter that is misspelt."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from flask import request

from pricingsite.services.customers.pages import CursorError
from pricingsite.web.documents import Json
from pricingsite.web.http.problems import Problem

MOST = 100


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_HasId)


def refuse_unknown(*known: str) -> None:
    """Refuse a filter that is misspelt: it would be everything that is answered."""
    for name in request.args:
        if name not in known:
            raise wrong_parameter(f"{name!r} is not known: use {', '.join(known)}.")


def limit() -> int:
    """How many are asked for at most."""
    return whole_number("limit", MOST, "a number from 1 to 100", least=1, most=MOST)


def whole_number(name: str, default: int, what: str, *, least: int, most: int) -> int:
    """A parameter that is a whole number; `what` says which are taken."""
    text = request.args.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (is_number and least <= int(text) <= most):
        raise wrong_parameter(f"{name} is {what}.")
    return int(text)


@contextmanager
def refusing_cursors() -> Iterator[None]:
    """Tell of an `after` that is no cursor."""
    try:
        yield
    except CursorError as error:
        raise wrong_parameter(f"after is the next of the page before: {error}.") from None


def page_of_all(name: str, found: Sequence[T], document: Callable[[T], Json]) -> Json:
    """The page of a short list, all of which has been read, that the request asks for."""
    refuse_unknown("limit", "after")
    most, after, first = limit(), request.args.get("after"), 0
    if after is not None:
        ids = [one.id for one in found]
        if after not in ids:
            raise wrong_parameter("after is the next of the page before.")
        first = ids.index(after) + 1
    page = found[first : first + most]
    more = len(found) > first + most
    return {name: [document(one) for one in page], "next": page[-1].id if more else None}


def wrong_parameter(why: str) -> Problem:
    """The refusal of a parameter of the address."""
    return Problem(422, "wrong-parameter", f"The parameter {why}")
