"""Places for words on a drawing: clear of its lines, of its marks and of other words.

Words without such a place stay out: the conclusion and the table say the same. Places are
in the drawing's own units; floats, since nothing is charged by them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

# What a letter takes beside its size, in system fonts, on the safe side; and the space kept clear.
LETTER = Decimal("0.64")
_CLEAR = 2
_ABOVE_BASELINE, _BELOW_BASELINE = 0.8, 0.25
_MARK = 7

Place = tuple[Decimal, Decimal]
# A straight piece of a line, from a point to a point.
Stretch = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place; `anchor` is SVG's."""

    x: Decimal
    y: Decimal
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Whether two have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: "Box") -> bool:
        """Whether all of it lies in another."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )

    def crossed_by(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a straight line runs through it, by what each side cuts off the line."""
        (x, y), (to_x, to_y) = start, end
        if (
            max(x, to_x) < self.left or min(x, to_x) > self.right
            or max(y, to_y) < self.top or min(y, to_y) > self.bottom
        ):  # fmt: skip
            return False
        first, last = 0.0, 1.0
        for delta, near, far in (
            (to_x - x, self.left - x, self.right - x),
            (to_y - y, self.top - y, self.bottom - y),
        ):
            if delta:
                enters, leaves = sorted((near / delta, far / delta))
                first, last = max(first, enters), min(last, leaves)
        return first <= last


def box_of(label: Label, font: int) -> Box:
    """What words take, and the space to keep clear around them."""
    width = float(len(label.text) * LETTER * font)
    x, y = float(label.x), float(label.y)
    left = {"start": x, "middle": x - width / 2, "end": x - width}[label.anchor]
    return Box(
        left - _CLEAR,
        y - font * _ABOVE_BASELINE - _CLEAR,
        left + width + _CLEAR,
        y + font * _BELOW_BASELINE + _CLEAR,
    )


class Obstacles:
    """What words of a drawing keep clear of; `font` is their size, `area` where they may be."""

    def __init__(self, font: int, area: Box) -> None:
        self.font, self.area = font, area
        self._boxes: list[Box] = []
        self._lines: list[Stretch] = []
        self._grid: list[Stretch] = []

    def add_line(self, places: Sequence[Place]) -> None:
        """Keep clear of a line through places."""
        self._lines += pairwise([(float(x), float(y)) for x, y in places])

    def add_grid(self, y: Decimal) -> None:
        """Keep clear of a line of the grid, if that can be."""
        self._grid.append(((self.area.left, float(y)), (self.area.right, float(y))))

    def add_mark(self, x: Decimal, y: Decimal) -> None:
        """Keep clear of a marked point."""
        at_x, at_y = float(x), float(y)
        self._boxes.append(Box(at_x - _MARK, at_y - _MARK, at_x + _MARK, at_y + _MARK))

    def add(self, label: Label) -> None:
        """Keep clear of words."""
        self._boxes.append(box_of(label, self.font))

    def place(self, candidates: Iterable[Label]) -> Label | None:
        """The first of the candidates that is clear of everything, and is so from now on.

        Where all cross the grid, the first that is clear of the rest.
        """
        best: tuple[Label, Box] | None = None
        for label in candidates:
            box = box_of(label, self.font)
            if not self._is_clear(box):
                continue
            if not _is_crossed(box, self._grid):
                best = label, box
                break
            best = best or (label, box)
        if best is None:
            return None
        self._boxes.append(best[1])
        return best[0]

    def _is_clear(self, box: Box) -> bool:
        return (
            box.within(self.area)
            and not any(map(box.overlaps, self._boxes))
            and not _is_crossed(box, self._lines)
        )


def _is_crossed(box: Box, lines: Iterable[Stretch]) -> bool:
    return any(box.crossed_by(*line) for line in lines)


def beside(place: Place, words: str, font: int, *, before: bool = False) -> Iterator[Label]:
    """Places for the words of a point: after and under it, or before it; then around it."""
    x, y = place
    under, over = y + font + 8, y - font - 8
    after = [Label(x + 4, under, words, "start")]
    ahead = [Label(x - 10, y - 4, words, "end"), Label(x - 10, over, words, "end")]
    yield from ahead + after if before else after + ahead
    for lines in range(5):
        for at in (y - 8 - lines * font, under + lines * font):
            yield Label(x, at, words, "end")
            yield Label(x, at, words)
            yield Label(x + 10, at, words, "start")


def along(left: Decimal, right: Decimal, y: Decimal, words: str, font: int) -> Iterator[Label]:
    """Places for the words of a line across: above its start, then along it, above and under."""
    for at in (y - 8, y + font + 3):
        yield Label(left + 6, at, words, "start")
        yield Label(right - 6, at, words, "end")
        for part in range(1, 8):
            yield Label(left + (right - left) * part / 8, at, words)
