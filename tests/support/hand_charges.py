"""What a record of days charges: each price over the days that it is there, and codes off it.

Amounts are whole pence.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from support.hand_days import ONE
from support.hand_prices import DISCOUNTS, PRICES, Fee, measure, pence_of, rated, rhythm, rounded
from support.hand_record import Record

# How many calls were made on days from one up to another.
Calls = Callable[[date, date], Decimal]


@dataclass(frozen=True, slots=True)
class Off:
    """A code of a charge: of pounds, since when, and whether they are taken off where it stands."""

    code: str
    since: date | None
    opens: bool

    @property
    def key(self) -> tuple[str, date | None]:
        """What is taken off a bill once."""
        return self.code, self.since


@dataclass(frozen=True, slots=True)
class Charge:
    """A price over days of a period; of a fee, `full` is what the whole period would cost.

    `off` is the code that takes something off it. It may be for more of a price within a period.
    `many` is how many there are of it then.
    """

    price: str
    many: int
    start: date
    end: date
    part: Fraction
    due: date
    off: Off | None
    full: int
    is_more: bool

    @property
    def is_in_advance(self) -> bool:
        return PRICES[self.price].in_advance

    def net(self, calls: Calls) -> int:
        if isinstance(PRICES[self.price], Fee):
            return rounded(self.full * self.part)
        return rated(self.price, calls(self.start, self.end), self.part)


@lru_cache(maxsize=32)
def charges(record: Record) -> tuple[Charge, ...]:
    """All that a record of days charges."""
    pieces = (piece for own in _pieces(record).values() for piece in own)
    offs = _offs(record)
    return tuple(one for piece in pieces for one in _charges(record, offs, piece))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A price on days that follow one another, within one of its periods."""

    price: str
    start: date
    end: date
    period: tuple[date, date]
    many: tuple[int, ...]


def _pieces(record: Record) -> Mapping[tuple[str, date, date | None], list[_Piece]]:
    found: dict[tuple[str, date, date | None], list[_Piece]] = defaultdict(list)
    for day in record.days:
        for held in now.held if (now := record.on(day)) else ():
            own, period = found[held.price, held.anchor, held.again], held.period(day)
            goes_on = own and own[-1].end == day and own[-1].period == period
            # Less of it is charged for itself.
            if goes_on and held.measure >= measure(held.price, own[-1].many[-1]):
                many = (*own[-1].many, held.many)
                own[-1] = replace(own[-1], end=day + ONE, many=many)
            else:
                own.append(_Piece(held.price, day, day + ONE, period, (held.many,)))
    return found


def _offs(record: Record) -> Mapping[date, date]:
    """The first of the days that follow one another with a code, in one rhythm, by each of them."""
    found: dict[date, date] = {}
    key = None
    for day in record.days:
        now = record.on(day)
        if now is None or now.code is None or not now.held:
            key = None
            continue
        own = now.code, rhythm(now.main.price)
        found[day] = found[day - ONE] if own == key else day
        key = own
    return found


def _off(
    record: Record, since: Mapping[date, date], price: str, day: date, *, is_more: bool
) -> Off | None:
    """The code that takes something off what is charged from a day on.

    Pounds are for the rhythm of the main price, once it begins or the code does.
    """
    now = record.days[day]
    if now.code is None or (DISCOUNTS[now.code].pounds and rhythm(price) != rhythm(now.main.price)):
        return None
    opens = since[day] == day or (price == now.main.price and not is_more)
    return Off(now.code, since[day] if DISCOUNTS[now.code].pounds else None, opens)


def _charges(record: Record, offs: Mapping[date, date], piece: _Piece) -> Iterator[Charge]:
    """The opening quantity for all of its days, and each that is more for the days left."""
    terms, (begins, ends) = PRICES[piece.price], piece.period
    over = piece.end == record.end or (isinstance(terms, Fee) and piece.end in record.closing)
    later, before = piece.end if over else ends, 0
    for n, many in enumerate(piece.many):
        start = piece.start + n * ONE
        if n and many == before:
            continue
        yield Charge(
            piece.price,
            many,
            start,
            piece.end,
            Fraction((piece.end - start).days, (ends - begins).days),
            start if terms.in_advance else later,
            _off(record, offs, piece.price, start, is_more=n > 0),
            pence_of(piece.price, many) - pence_of(piece.price, before),
            n > 0,
        )
        before = many


def rest_of(record: Record, whole: Charge, day: date) -> Charge:
    """What is charged from a day on of what was charged up to it alone."""
    held = record.days[day].of(whole.price)
    assert held is not None
    begins, ends = held.period(day)
    return replace(
        whole,
        many=held.many,
        start=day,
        due=day,
        part=Fraction((whole.end - day).days, (ends - begins).days),
        full=pence_of(whole.price, held.many),
        off=_off(record, _offs(record), whole.price, day, is_more=False),
    )


def with_codes_of(record: Record, charged: Iterable[Charge]) -> tuple[Charge, ...]:
    """Charges as they would be with the codes that a record has on their first days."""
    since = _offs(record)
    return tuple(
        replace(one, off=_off(record, since, one.price, one.start, is_more=one.is_more))
        if record.on(one.start)
        else one
        for one in charged
    )


def total(charged: Sequence[Charge], calls: Calls) -> int:
    """Charges, less what codes take off those that they are for."""
    nets = [(one.net(calls), one.off) for one in charged]
    found = sum(net for net, _ in nets)
    offs: dict[tuple[str, date | None], list[tuple[int, Off]]] = defaultdict(list)
    for net, off in nets:
        if off:
            offs[off.key].append((net, off))
    return found - sum(map(_taken_off, offs.values()))


def _taken_off(own: Sequence[tuple[int, Off]]) -> int:
    """What one code takes off."""
    code, charged = DISCOUNTS[own[0][1].code], sum(net for net, _ in own)
    if not code.pounds:
        return rounded(charged * code.rate)
    return min(code.pounds * 100, charged) if any(off.opens for _, off in own) else 0


def share(one: Charge, charged: Sequence[Charge], calls: Calls) -> Fraction:
    """Which part of what is charged with others a code took off, in whole pence of them all."""
    if one.off is None:
        return Fraction(0)
    alike = (other for other in charged if other.off and other.off.key == one.off.key)
    nets = [(other.net(calls), other.off) for other in alike if other.off]
    return Fraction(_taken_off(nets), sum(net for net, _ in nets) or 1)
