"""The merchant's brand in the catalog file: an accent that can be read, a logo, questions."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

from pricingsite.services.catalog.colours import READABLE, unreadable
from pricingsite.services.catalog.toml_tables import Reader, key, table
from pricingsite.services.catalog.toml_values import check_text, lines, reader, shown, text

_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_SVG = "{http://www.w3.org/2000/svg}svg"
# It travels in every page.
_MOST_LOGO_BYTES = 3_000


def _colour(scheme: str) -> Reader:
    @partial(reader, pattern=f"^{_COLOUR.pattern}$")
    def read(value: Any) -> str:
        colour = check_text(value).lower()
        if not _COLOUR.fullmatch(colour):
            raise ValueError(f'expected a colour such as "#0a5747", found {shown(value)}')
        if found := unreadable(scheme, colour):
            way = "darker" if scheme == "light" else "lighter"
            raise ValueError(
                f'"{value}" has a contrast of {found[0]:.1f} on {found[1]}, and {READABLE} is '
                f"needed to read it: choose a {way} one"
            )
        return colour

    return read


@reader
def _svg(value: Any) -> str:
    """A drawing that stands alone: it is shown as an image, which loads and runs nothing."""
    drawing = check_text(value)
    if len(drawing.encode()) > _MOST_LOGO_BYTES:
        raise ValueError(f"the drawing has more than {_MOST_LOGO_BYTES:,} bytes")
    try:
        root = ET.fromstring(drawing)  # noqa: S314 - the operator's own file
    except ET.ParseError as error:
        raise ValueError(f"expected an SVG drawing: {error}") from None
    if root.tag != _SVG or "viewBox" not in root.attrib:
        raise ValueError("expected an SVG drawing with its xmlns and a viewBox")
    return drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class AccentEntry:
    """The colour of links and buttons, in light and in dark."""

    path: str
    light: str = key(_colour("light"))
    dark: str = key(_colour("dark"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandEntry:
    """How the site looks: its colour, and an SVG drawing in place of the name."""

    path: str
    accent: AccentEntry | None = key(table(AccentEntry), default=None)
    logo: str | None = key(_svg, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionEntry:
    """A question that shoppers ask, and the answer."""

    path: str
    question: str = key(text)
    answer: str = key(lines)

    def values(self) -> dict[str, str]:
        """As the tables have it."""
        return {"question": self.question, "answer": self.answer}
