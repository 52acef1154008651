"""A brand's accent colour: what is made of it, and whether it can be read (WCAG 2.2, 1.4.3).

Colours are `#rrggbb`. The surfaces are those of the style sheet's tokens, in light and in dark.
"""

from dataclasses import dataclass

# paper, card and warm-wash of static/site.css; a test holds them together.
SURFACES = {
    "light": ("#fbfaf7", "#ffffff", "#fbeee3"),
    "dark": ("#14161a", "#1b1e24", "#2b2019"),
}
READABLE = 4.5
# How much of the accent its wash has: a surface on which it can still be read.
_WASH = {"light": 0.09, "dark": 0.13}
_ON_ACCENT = ("#ffffff", "#0c1512")


@dataclass(frozen=True, slots=True)
class Accent:
    """An accent in one scheme: itself, what is written on it, and the surface tinted by it."""

    accent: str
    on_accent: str
    wash: str


def accent_in(scheme: str, colour: str) -> Accent:
    """What an accent of a scheme ("light" or "dark") makes."""
    paper = SURFACES[scheme][0]
    on_accent = max(_ON_ACCENT, key=lambda text: contrast(text, colour))
    return Accent(colour, on_accent, _mixed(colour, paper, _WASH[scheme]))


def unreadable(scheme: str, colour: str) -> tuple[float, str] | None:
    """The contrast and the surface of an accent that cannot be read there; None if it can be."""
    made = accent_in(scheme, colour)
    found = [(contrast(colour, surface), surface) for surface in (*SURFACES[scheme], made.wash)]
    found.append((contrast(colour, made.on_accent), made.on_accent))
    worst = min(found)
    return worst if worst[0] < READABLE else None


def luminance(colour: str) -> float:
    """The relative luminance, from 0 (black) to 1 (white)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - as WCAG says
        for c in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _mixed(colour: str, paper: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(paper), strict=True)
    return "#" + "".join(f"{round(one * share + other * (1 - share)):02x}" for one, other in pairs)
