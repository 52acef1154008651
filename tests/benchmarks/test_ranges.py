"""How often likely ranges hold: on customers that never were, by kind, and on real arrivals.

Ranges are calibrated on 400 customers of five kinds and measured on 400 others. The real series are
the demo's (see its README): every 30 days of each that 14 days come before, one after another.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal

from support.usage_kinds import KINDS, MONTH, months_of

from pricingsite.services.estimates.calibration import PACE_DAYS, PastMonth, quantiles
from pricingsite.settings import ROOT

DAYS = (1, 3, 5, 10, 15, 20, 25, 28, 29)


def coverage(cut: tuple[Decimal, Decimal], months: list[PastMonth], gone: int) -> float:
    ratios = [ratio for month in months if (ratio := month.ratio(gone)) is not None]
    return sum(cut[0] <= ratio <= cut[1] for ratio in ratios) / len(ratios)


def real_months() -> Iterator[PastMonth]:
    with (ROOT / "pricingsite" / "demo" / "arrivals.csv").open() as file:
        names, *rows = csv.reader(file)
    for column in range(len(names)):
        hours = [Decimal(row[column]) for row in rows]
        days = [sum(hours[n : n + 24], Decimal(0)) for n in range(0, len(hours) - 23, 24)]
        whole = PACE_DAYS + MONTH
        for start in range(len(days) - whole + 1):
            yield PastMonth(tuple(days[start : start + whole]), MONTH)


def test_ranges_hold_as_often_as_they_say() -> None:
    seen = [month for kind in KINDS for month in months_of(kind, 80, "calibration")]
    held_out = {kind: list(months_of(kind, 80, "held out")) for kind in KINDS}
    held_out["all"] = [month for months in held_out.values() for month in months]
    held_out["real"] = list(real_months())
    print("\nafter  low   high  " + "".join(f"{kind:>10}" for kind in held_out))
    on_all_days: dict[str, list[float]] = {kind: [] for kind in held_out}
    for gone in range(1, MONTH):
        cut = quantiles(ratio for month in seen if (ratio := month.ratio(gone)) is not None)
        assert cut is not None
        found = {kind: coverage(cut, months, gone) for kind, months in held_out.items()}
        assert 0.75 <= found["all"] <= 0.9
        for kind, inside in found.items():
            on_all_days[kind].append(inside)
        if gone in DAYS:
            shown = "".join(f"{inside:>10.0%}" for inside in found.values())
            print(f"{gone:>5}  {cut[0]:.2f}  {cut[1]:.2f}  {shown}")
    for name, of in (("least", min), ("most", max)):
        print(f"{name:<19}" + "".join(f"{of(found):>10.0%}" for found in on_all_days.values()))
