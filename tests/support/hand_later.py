"""What is agreed for later days: what of it stays as more or less of a plan is chosen.

What there is less of waits for the end of its own period, and until then it can be taken back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from support.hand_days import ONE, Day, Held, left_out
from support.hand_prices import kind


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on there is more or less of a price, of the same plan or deal."""

    on: date
    old: Held | None
    new: Held | None

    @property
    def price(self) -> str:
        one = self.old or self.new
        assert one
        return one.price

    @property
    def key(self) -> tuple[date, str, int]:
        """The same step in another record, whatever there is up to it."""
        return self.on, self.price, self.new.many if self.new else 0

    @property
    def is_move(self) -> bool:
        """Whether another price takes the place of one."""
        return bool(self.old and self.new and self.old.price != self.new.price)

    @property
    def is_less(self) -> bool:
        return (
            not self.is_move
            and self.old is not None
            and (self.new is None or self.new.measure < self.old.measure)
        )


def steps(days: Mapping[date, Day], since: date | None = None) -> Iterator[Step]:
    """Those that there are after a day, the first first."""
    for day, now in days.items():
        eve = days.get(day - ONE)
        goes_on = eve is None or eve.held == now.held or eve.terms != now.terms
        if goes_on or not eve.held or not now.held or (since and day <= since):
            continue
        for price in dict.fromkeys(one.price for one in (*eve.held, *now.held)):
            old, new = eve.of(price), now.of(price)
            many = old.many if old else 0
            if many != (new.many if new else 0) and not _is_replaced(old, new, eve, now):
                yield Step(day, old, new)
        for gone in (one for one in eve.held if not now.of(one.price)):
            alike = (one for one in now.held if not eve.of(one.price))
            yield from (
                Step(day, gone, one) for one in alike if kind(one.price) == kind(gone.price)
            )


def taken_back(days: Mapping[date, Day], step: Step) -> Mapping[date, Day]:
    """The days from a step to less on, without it: up to where that changes otherwise."""
    assert step.old
    written, lasts, eve = {}, True, days[step.on - ONE]
    many = step.new.many if step.new else 0
    for day, now in days.items():
        if day < step.on:
            continue
        written[day] = now
        if not now.held:
            continue
        own = now.of(step.price)
        lasts &= now.terms == eve.terms and (own.many if own else 0) == many
        if lasts:
            rest = [one for one in now.held if one.price != step.price]
            written[day] = replace(now, held=_in_order((*rest, step.old), eve))
    return written


def with_steps(held: tuple[Held, ...], steps: Iterable[Step]) -> tuple[Held, ...]:
    """Prices of a day, of which there is as much as steps up to it have agreed."""
    found = {one.price: one for one in held}
    for step in steps:
        if step.is_move:
            found = {
                step.new.price if price == step.price else price: replace(one, price=step.new.price)
                if price == step.price
                else one
                for price, one in found.items()
            }
        elif step.new is None:
            found.pop(step.price, None)
        elif own := found.get(step.price):
            found[step.price] = replace(own, many=step.new.many)
        elif left_out(step.new, held):
            found[step.price] = step.new
    return tuple(found.values())


def with_less_waiting(day: date, written: Mapping[date, Day]) -> Mapping[date, Day]:
    """Within a period there is never less of a price than there was, until its end."""
    found, before = dict(written), written[day]
    for one, now in written.items():
        held = []
        for new in now.held:
            old = before.of(new.price)
            goes_on = old and old.anchor == new.anchor and new.period(one)[0] != one
            held.append(old if old and goes_on and new.measure < old.measure else new)
        before = now if held == list(now.held) else replace(now, held=tuple(held))
        found[one] = before
    return found


def _is_replaced(old: Held | None, new: Held | None, eve: Day, now: Day) -> bool:
    """Whether another price of its product takes its place, or it that of another."""
    if old and new:
        return False
    gone = [one for one in eve.held if not now.of(one.price)]
    come = [one for one in now.held if not eve.of(one.price)]
    return not left_out(old, come) if old else bool(new) and not left_out(new, gone)


def _in_order(held: tuple[Held, ...], like: Day) -> tuple[Held, ...]:
    order = [one.price for one in like.held]
    return tuple(
        sorted(held, key=lambda one: order.index(one.price) if one.price in order else len(order))
    )
