"""What is drawn of a running period: how usage grew, beside the period before."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from pricingsite.services.estimates.forecast import LikelyRange
from pricingsite.services.estimates.series import UsageSeries
from pricingsite.services.usage.quantities import Day
from pricingsite.web import formats
from pricingsite.web.charts.geometry import NARROW, WIDE, Axes, Chart
from pricingsite.wording.quantities import in_units


def period_so_far(series: UsageSeries, as_of: datetime, likely: LikelyRange | None = None) -> Chart:
    """How a position's quantity grew over the period, beside the one before and the bounds ahead.

    Where it likely ends is a fan from now to the period's last instant.
    """
    terms, period = series.service.price, series.service.period
    assert terms.unit is not None  # noqa: S101 - every usage price has a unit
    bounds = {
        band.last_unit: after.unit_price
        for band, after in pairwise(terms.structure.bands)
        if band.last_unit is not None
    }
    elapsed = (as_of.date() - period.start).days + Decimal(as_of.hour) / 24
    now = series.days[-1].cumulative if series.days else Decimal(0)
    last = series.previous_days[-1].cumulative if series.previous_days else Decimal(0)
    ends = likely.quantities if likely and likely.price_id == terms.id else ()
    top = max(now, last, *list(bounds)[:1], *ends, Decimal(1)) * Decimal("1.2")
    drawings = []
    for frame in (WIDE, NARROW):
        axes = Axes(frame, period.days, top)
        axes.days(period, formats.axis_quantity)
        for bound, after in bounds.items():
            if bound <= top:
                rate = formats.rate(after, terms.currency)
                axes.rule(bound, f"{formats.quantity(bound)}: then {rate} each")
        if ends:
            axes.line("fan", [(period.days, ends[0]), (elapsed, now), (period.days, ends[1])])
        axes.upright(elapsed)
        if series.previous_days:
            axes.line("other", _grown(series.previous_days, period.days))
        axes.line("main", [*_grown(series.days[:-1], period.days), (elapsed, now)])
        axes.mark(elapsed, now, formats.quantity(now), before=True)
        drawings.append(axes.drawing)
    before = dict(enumerate(series.previous_days))
    return Chart(
        id=f"chart-period-{terms.id}",
        title=f"{formats.sentence_case(terms.unit.plural)} since {formats.day_month(period.start)}",
        conclusion=_so_far_words(series, now, last, ends),
        drawings=tuple(drawings),
        columns=("Day", f"{terms.unit.plural} in all", "The period before"),
        rows=tuple(
            (
                formats.day_month(one.day),
                formats.quantity(one.cumulative),
                formats.quantity(before[number].cumulative) if number in before else "–",
            )
            for number, one in enumerate(series.days)
        ),
        of_money=False,
    )


def _so_far_words(series: UsageSeries, now: Decimal, last: Decimal, ends: Sequence[Decimal]) -> str:
    unit = series.service.price.unit
    assert unit is not None  # noqa: S101 - checked by the caller
    days = f"{len(series.days)} of {series.service.period.days} days"
    before = (
        f" Dashed: the period before, {in_units(last, unit)} in all."
        if series.previous_days
        else ""
    )
    likely = (
        f", likely {formats.quantity(ends[0])} to {in_units(ends[1], unit)} at its end"
        if ends
        else ""
    )
    return f"{in_units(now, unit)} after {days}{likely}.{before}"


def _grown(days: Sequence[Day], most: int) -> list[tuple[int | Decimal, Decimal]]:
    """The total at each day's end, from zero."""
    ends = [(number, one.cumulative) for number, one in enumerate(days[:most], start=1)]
    return [(0, Decimal(0)), *ends]
