"""Charts as geometry: numbers in, places on a drawing out; templates print them as SVG.

Each chart is drawn twice, wide and narrow, so that its words keep their size on a phone. Nothing is
sampled that has corners; places are in the drawing's own units, to a tenth.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from pricingsite.pricing import Period

Number = Decimal | int
Point = tuple[Number, Number]

_TENTH = Decimal("0.1")
# Days between labels: weeks, where days would crowd.
_STEPS = (1, 2, 7, 14, 28, 91)
# What a letter takes beside its size, in system fonts, on the safe side.
_LETTER = Decimal("0.6")


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing's size and margins; `ticks` is about how many a horizontal axis has room for."""

    name: str
    width: int
    height: int
    left: int
    font: int
    ticks: int
    right: int = 28
    top: int = 28
    bottom: int = 34


WIDE = Frame("wide", width=720, height=320, left=76, font=15, ticks=6)
NARROW = Frame("narrow", width=300, height=260, left=58, font=12, ticks=3)


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place; `anchor` is SVG's."""

    x: Decimal
    y: Decimal
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Line:
    """Points to be joined, as SVG writes them; `kind` is a class of the style sheet."""

    kind: str
    points: str
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of an axis; `tone` is good, warm or none."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    tone: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A point to look at, and its words."""

    x: Decimal
    y: Decimal
    label: Label


@dataclass(slots=True, kw_only=True)
class Drawing:
    """One drawing of a chart."""

    frame: Frame
    x_ticks: list[Label] = field(default_factory=list)
    y_ticks: list[Label] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    @property
    def base(self) -> int:
        """Where zero of the vertical axis lies."""
        return self.frame.height - self.frame.bottom

    @property
    def end(self) -> int:
        """Where the horizontal axis ends."""
        return self.frame.width - self.frame.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing in each of its sizes, what it shows, and the same as a table.

    No columns where another table on the page has its figures. `of_money` says that they are
    net amounts.
    """

    id: str
    title: str
    conclusion: str
    drawings: tuple[Drawing, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    of_money: bool = True


class Axes:
    """A drawing's scales: both start at zero and end at a maximum."""

    def __init__(self, frame: Frame, x_max: Number, y_max: Number) -> None:
        self.drawing = Drawing(frame=frame)
        self.frame = frame
        self.x_max, self.y_max = Decimal(x_max), Decimal(y_max)
        self._rules: list[Decimal] = []

    def x(self, value: Number) -> Decimal:
        """Where a number lies across; numbers beyond the end lie at it."""
        frame = self.frame
        share = min(Decimal(value) / self.x_max, Decimal(1))
        return _place(frame.left + share * (frame.width - frame.left - frame.right))

    def y(self, value: Number) -> Decimal:
        """Where a number lies down; numbers beyond the top lie at it."""
        frame = self.frame
        share = min(Decimal(value) / self.y_max, Decimal(1))
        height = frame.height - frame.top - frame.bottom
        return _place(frame.height - frame.bottom - share * height)

    def ticks(
        self,
        across: Callable[[Decimal], str],
        down: Callable[[Decimal], str],
        at: Iterable[Decimal] | None = None,
    ) -> None:
        """Label round numbers along both axes, or down those that are given."""
        frame = self.frame
        for value in round_numbers(self.x_max, frame.ticks):
            place = Label(self.x(value), Decimal(frame.height - 12), across(value))
            self.drawing.x_ticks.append(place)
        self._down(down, round_numbers(self.y_max, 5) if at is None else at)

    def _down(self, words_of: Callable[[Decimal], str], values: Iterable[Decimal]) -> None:
        frame = self.frame
        for value in values:
            words = Label(Decimal(frame.left - 8), self.y(value), words_of(value), "end")
            self.drawing.y_ticks.append(words)

    def days(self, period: Period, down: Callable[[Decimal], str]) -> None:
        """Label days of a period across, as many as fit, and round numbers down."""
        fitting = (step for step in _STEPS if period.days <= step * (self.frame.ticks + 2))
        step = next(fitting, period.days)
        for number in range(0, period.days, step):
            day = period.start + timedelta(days=number)
            words = f"{day.day} {day:%b}"
            place = Label(self.x(number), Decimal(self.frame.height - 12), words)
            self.drawing.x_ticks.append(place)
        self._down(down, round_numbers(self.y_max, 5))

    def line(self, kind: str, points: Iterable[Point], label: str | None = None) -> None:
        """Join points, with words above the last of them."""
        places = [(self.x(x), self.y(y)) for x, y in points]
        written = " ".join(f"{x},{y}" for x, y in places)
        last_x, last_y = places[-1]
        words = Label(last_x, last_y - 8, label, "end") if label else None
        self.drawing.lines.append(Line(kind, written, words))

    def rule(self, y: Number, words: str) -> None:
        """A line across at a value, with words above its start."""
        start = Label(Decimal(self.frame.left + 6), self.y(y) - 5, words, "start")
        written = f"{self.frame.left},{self.y(y)} {self.drawing.end},{self.y(y)}"
        self.drawing.lines.append(Line("rule", written, start))
        self._rules.append(self.y(y))

    def upright(self, x: Number) -> None:
        """A line from the top to the bottom at a value."""
        written = f"{self.x(x)},{self.frame.top} {self.x(x)},{self.drawing.base}"
        self.drawing.lines.append(Line("rule", written))

    def columns(self, bands: Sequence[tuple[Number, Number, str, str]]) -> None:
        """Shade stretches of the horizontal axis: from, to, tone, words."""
        frame = self.frame
        for start, end, tone, words in bands:
            left, right = self.x(start), self.x(end)
            label = None
            if self._fits(words, right - left):
                label = Label((left + right) / 2, Decimal(frame.top - 9), words)
            height = Decimal(frame.height - frame.bottom - frame.top)
            band = Band(left, Decimal(frame.top), right - left, height, tone, label)
            self.drawing.bands.append(band)

    def _fits(self, words: str, room: Decimal) -> bool:
        return len(words) * _LETTER * self.frame.font <= room

    def mark(self, x: Number, y: Number, words: str, *, before: bool = False) -> None:
        """Mark a point; its words stand after and under it, or before it where there is room."""
        place_x, place_y = self.x(x), self.y(y)
        fits_after = self._fits(words, self.drawing.end - place_x)
        if (before or not fits_after) and self._fits(words, place_x - self.frame.left):
            # Clear of the words that a rule nearby has above it.
            near = any(abs(place_y - rule) < self.frame.font for rule in self._rules)
            above = self.frame.font + 8 if near else 4
            label = Label(place_x - 10, place_y - above, words, "end")
        else:
            below = min(place_y + self.frame.font + 8, Decimal(self.drawing.base - 4))
            label = Label(place_x + 4, below, words, "start")
        self.drawing.marks.append(Mark(place_x, place_y, label))


def _place(value: Decimal) -> Decimal:
    tenths, whole = value.quantize(_TENTH), value.quantize(Decimal(1))
    return whole if whole == tenths else tenths


def round_up(value: Number) -> Decimal:
    """The next number that starts with 1, 2 or 5 and goes on in zeros: 3,125 gives 5,000."""
    value = Decimal(value)
    if value <= 0:
        return Decimal(1)
    magnitude = Decimal(1).scaleb(value.adjusted())
    return next(step * magnitude for step in (1, 2, 5, 10) if step * magnitude >= value)


def round_numbers(maximum: Decimal, about: int) -> list[Decimal]:
    """Zero, and about so many round numbers up to a maximum."""
    step = round_up(maximum / about)
    return [step * number for number in range(int(maximum / step) + 1)]
