"""Charts as geometry: numbers in, places on a drawing out; templates print them as SVG.

Each chart is drawn twice, wide and narrow, so that its words keep their size on a phone. Nothing is
sampled that has corners; places are in the drawing's own units, to a tenth.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from pricingsite.pricing import Period
from pricingsite.web.charts.labels import LETTER, Box, Label, Obstacles, Place, along, beside

Number = Decimal | int
Point = tuple[Number, Number]
# Numbers along an axis in words, all in one form.
Words = Callable[[Sequence[Decimal]], list[str]]

_RULE = "rule"
_TENTH = Decimal("0.1")
# Days between labels: weeks, where days would crowd.
_STEPS = (1, 2, 7, 14, 28, 91)
# Room between words along an axis, beside their size.
_BETWEEN = Decimal("0.6")


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
    label: Label | None


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
    """A drawing's scales, from zero to a maximum; words find their places once all is drawn."""

    def __init__(self, frame: Frame, x_max: Number, y_max: Number) -> None:
        self.frame = frame
        self.x_max, self.y_max = Decimal(x_max), Decimal(y_max)
        self._x_ticks: list[Label] = []
        self._y_ticks: list[Label] = []
        self._bands: list[Band] = []
        self._lines: list[tuple[str, list[Place], tuple[str, ...]]] = []
        self._marks: list[tuple[Place, str, bool]] = []

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

    def ticks(self, across: Words, down: Words, at: Sequence[Decimal] | None = None) -> None:
        """Label round numbers along both axes, or down those of `at` that fit, first ones first."""
        self._down(down, round_numbers(self.y_max, 5) if at is None else at)
        values = round_numbers(self.x_max, self.frame.ticks)
        foot = Decimal(self.frame.height - 12)
        for value, words in zip(values, across(values), strict=True):
            self._x_ticks.append(Label(self.x(value), foot, words))

    def days(self, period: Period, down: Words) -> None:
        """Label days of a period across, as many as fit, and round numbers down."""
        self._down(down, round_numbers(self.y_max, 5))
        widest = self._width("30 Nov") + _BETWEEN * self.frame.font
        room = self._end - self.frame.left
        fitting = (step for step in _STEPS if step * room >= widest * period.days)
        step = next(fitting, period.days)
        for number in range(0, period.days, step):
            day = period.start + timedelta(days=number)
            words = f"{day.day} {day:%b}"
            self._x_ticks.append(Label(self.x(number), Decimal(self.frame.height - 12), words))

    def _down(self, words_of: Words, values: Sequence[Decimal]) -> None:
        """Words down the axis, with room for the longest; none where they would take half of it."""
        told = words_of(values)
        left = max(Decimal(self.frame.left), max(map(self._width, told)) + 14)
        if left * 2 > self.frame.width:
            return
        self.frame = replace(self.frame, left=int(left.to_integral_value(ROUND_CEILING)))
        for value, words in zip(values, told, strict=True):
            label = Label(Decimal(self.frame.left - 8), self.y(value), words, "end")
            if all(abs(label.y - other.y) > self.frame.font for other in self._y_ticks):
                self._y_ticks.append(label)

    def line(self, kind: str, points: Iterable[Point], label: str | None = None) -> None:
        """Join points, with words beside the last of them."""
        places = [(self.x(x), self.y(y)) for x, y in points]
        self._lines.append((kind, places, (label,) if label else ()))

    def rule(self, y: Number, *words: str) -> None:
        """A line across at a value, with the first of the words that fit along it.

        One that was drawn before it and all but lies on it is not named: words of two would mix.
        """
        self._lines = [
            (kind, places, () if abs(places[0][1] - self.y(y)) < self.frame.font else said)
            for kind, places, said in self._lines
        ]
        ends = [(Decimal(self.frame.left), self.y(y)), (Decimal(self._end), self.y(y))]
        self._lines.append((_RULE, ends, words))

    def upright(self, x: Number) -> None:
        """A line from the top to the bottom at a value."""
        ends = [(self.x(x), Decimal(self.frame.top)), (self.x(x), Decimal(self._base))]
        self._lines.append((_RULE, ends, ()))

    def columns(self, bands: Sequence[tuple[Number, Number, str, str]]) -> None:
        """Shade stretches of the horizontal axis: from, to, tone, words."""
        top = Decimal(self.frame.top)
        for start, end, tone, words in bands:
            left, right = self.x(start), self.x(end)
            fits = self._width(words) <= right - left
            label = Label((left + right) / 2, top - 9, words) if fits else None
            self._bands.append(Band(left, top, right - left, self._base - top, tone, label))

    def mark(self, x: Number, y: Number, words: str, *, before: bool = False) -> None:
        """Mark a point, with words beside it."""
        self._marks.append(((self.x(x), self.y(y)), words, before))

    @property
    def drawing(self) -> Drawing:
        """Everything that was drawn, with its words where they are clear of it."""
        free = self._obstacles()
        marks = [
            Mark(*place, free.place(beside(place, words, free.font, before=before)))
            for place, words, before in self._marks
        ]
        return Drawing(
            frame=self.frame,
            x_ticks=self._x_ticks,
            y_ticks=sorted(self._y_ticks, key=lambda label: -label.y),
            bands=self._bands,
            # Those drawn last are named first: the main line, and the highest of bounds.
            lines=[self._named(free, *line) for line in reversed(self._lines)][::-1],
            marks=marks,
        )

    def _named(
        self, free: Obstacles, kind: str, places: list[Place], words: tuple[str, ...]
    ) -> Line:
        label = free.place(one for text in words for one in self._beside_line(places, text))
        return Line(kind, " ".join(f"{x},{y}" for x, y in places), label)

    def _beside_line(self, places: list[Place], words: str) -> Iterator[Label]:
        """Places for the name of a line: along one that runs across, else beside its last point."""
        font, (left, first), (right, last) = self.frame.font, places[0], places[-1]
        if first == last and len({y for _, y in places}) == 1:
            yield from along(left, right, last, words, font)
            return
        yield Label(right, last - 8, words, "end")
        for place in (places[-1], places[len(places) // 2]):
            yield from beside(place, words, font)

    def _obstacles(self) -> Obstacles:
        frame = self.frame
        area = Box(frame.left, frame.top - frame.font - 8, frame.width, self._base)
        free = Obstacles(frame.font, area)
        for tick in self._y_ticks:
            free.add_grid(tick.y)
        for _, places, _ in self._lines:
            free.add_line(places)
        for place, _, _before in self._marks:
            free.add_mark(*place)
        for band in self._bands:
            if band.label:
                free.add(band.label)
        return free

    def _width(self, words: str) -> Decimal:
        return len(words) * LETTER * self.frame.font

    @property
    def _base(self) -> int:
        return self.frame.height - self.frame.bottom

    @property
    def _end(self) -> int:
        return self.frame.width - self.frame.right


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
