"""Customers that never were, of five kinds: the usage of each on 44 days, the last 30 a month."""

import random
from collections.abc import Iterator
from decimal import Decimal

from pricingsite.services.estimates.calibration import PACE_DAYS, PastMonth

MONTH = 30
WEEKEND = 0.4


def _steady(_random: random.Random, day: int) -> float:  # noqa: ARG001
    return 1.0


def _noisy(chance: random.Random, _day: int) -> float:
    return chance.lognormvariate(0, 0.7)


def _spiky(chance: random.Random, _day: int) -> float:
    return chance.uniform(6, 14) if chance.random() < 0.06 else 0.6


KINDS = ("steady", "noisy", "growing", "shrinking", "spiky")


def months_of(kind: str, count: int, seed: str) -> Iterator[PastMonth]:
    """So many customers of a kind, each with a size, weekends and a course of its own."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311 - customers that never were
    for _ in range(count):
        size = chance.lognormvariate(4, 1)
        first_weekday = chance.randrange(7)
        drift = chance.uniform(0.01, 0.03) * {"growing": 1, "shrinking": -1}.get(kind, 0)
        days = []
        for day in range(PACE_DAYS + MONTH):
            course = {"noisy": _noisy, "spiky": _spiky}.get(kind, _steady)(chance, day)
            weekend = WEEKEND if (first_weekday + day) % 7 >= 5 else 1.0
            level = size * course * weekend * (1 + drift) ** day
            days.append(Decimal(max(0, round(level * chance.lognormvariate(0, 0.15)))))
        yield PastMonth(tuple(days), MONTH)
