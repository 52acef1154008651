"""Ratios measured side by side: two ways of doing the same, in turns, on the same machine."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

ROUNDS = 9

# Does one round's work; preparing it is not timed.
Work = Callable[[], object]


def seconds(work: Work) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def per_second(amount: int, prepare: Callable[[int], Work]) -> float:
    """How many of an amount are done in a second: the median over rounds."""
    return median(amount / seconds(prepare(number)) for number in range(-1, ROUNDS))


def speed_ratio(ours: Callable[[int], Work], theirs: Callable[[int], Work]) -> float:
    """How fast ours is, theirs being 1: the median over rounds, each of both in turns."""
    ratios = []
    for number in range(-1, ROUNDS):  # The first warms up and does not count.
        one, other = ours(number), theirs(number)
        # Whoever goes first finds colder caches, so they take turns at that too.
        if number % 2:
            took, theirs_took = seconds(one), seconds(other)
        else:
            theirs_took, took = seconds(other), seconds(one)
        if number >= 0:
            ratios.append(theirs_took / took)
    print(f"\n{median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f})", end="")
    return median(ratios)
