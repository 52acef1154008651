"""What is drawn of a running period: usage to date, the period before, and the bounds ahead."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from pricingsite.services.estimates.account_page import AccountPage
from pricingsite.services.estimates.series import UsageSeries
from pricingsite.services.usage.quantities import Day
from pricingsite.web import formats
from pricingsite.web.charts.geometry import NARROW, WIDE, Axes, Chart, Drawing
from pricingsite.wording.prices import unit_of
from pricingsite.wording.quantities import column, in_units, sentence_start, unit_name
from pricingsite.wording.rates import each_of, shown_rate

# Between which quantities the period likely ends; empty where there is no likely range.
_Ends = tuple[Decimal, Decimal] | tuple[()]


def period_charts(page: AccountPage) -> dict[str, Chart]:
    """The chart of each usage price on a running bill, by price id."""
    if not page.estimate.running:
        return {}
    likely = page.forecast.likely if page.forecast else None
    ends = {likely.price_id: likely.quantities} if likely else {}
    return {
        price_id: _chart(series, page.estimate.as_of, ends.get(price_id, ()))
        for price_id, series in page.series.items()
    }


def _chart(series: UsageSeries, as_of: datetime, ends: _Ends) -> Chart:
    price, period = series.service.price, series.service.period
    assert price.unit is not None  # noqa: S101 - every usage price has a unit
    previous = dict(enumerate(series.previous_days))
    return Chart(
        id=f"chart-period-{price.id}",
        title=f"{sentence_start(column(price.unit))} since {formats.day_month(period.start)}",
        conclusion=_conclusion(series, ends),
        drawings=tuple(_drawings(series, as_of, ends)),
        columns=("Day", f"{column(price.unit)} in total", "Previous period"),
        rows=tuple(
            (
                formats.day_month(day.day),
                formats.quantity(day.cumulative),
                formats.quantity(previous[number].cumulative) if number in previous else "–",
            )
            for number, day in enumerate(series.days)
        ),
        of_money=False,
    )


def _drawings(series: UsageSeries, as_of: datetime, ends: _Ends) -> list[Drawing]:
    """The same drawing, wide and narrow; the likely ends are a fan from now to the last instant."""
    period, bounds = series.service.period, _bounds(series)
    elapsed = (as_of.date() - period.start).days + Decimal(as_of.hour) / 24
    quantity = series.quantity
    totals = (day.cumulative for day in (*series.days, *series.previous_days))
    highest = max(Decimal(0), *totals, *list(bounds)[:1], *ends) or Decimal(1)
    drawings = []
    for frame in (WIDE, NARROW):
        axes = Axes(frame, period.days, highest * Decimal("1.2"))
        axes.days(period, formats.axis_quantities)
        for bound, words in bounds.items():
            if bound <= axes.y_max:
                axes.rule(bound, *words)
        if ends:
            axes.line("fan", [(period.days, ends[0]), (elapsed, quantity), (period.days, ends[1])])
        axes.upright(elapsed)
        if series.previous_days:
            axes.line("other", _totals(series.previous_days, period.days))
        axes.line("main", [*_totals(series.days[:-1], period.days), (elapsed, quantity)])
        axes.mark(elapsed, quantity, formats.quantity(quantity), before=True)
        drawings.append(axes.drawing)
    return drawings


def _bounds(series: UsageSeries) -> dict[Decimal, tuple[str, str]]:
    """The bounds of a price's bands, and what a unit past each costs: in words, and in fewer."""
    price = series.service.price
    bounds = {}
    for band, following in pairwise(price.structure.bands):
        if band.last_unit is not None:
            cost = formats.rate(shown_rate(price, following.unit_price), price.currency)
            each = each_of(following.unit_price, unit_of(price), price.currency, formats.rate)
            start = f"{formats.quantity(band.last_unit)}: "
            bounds[band.last_unit] = (f"{start}then {each}", f"{start}{cost}")
    return bounds


def _conclusion(series: UsageSeries, ends: _Ends) -> str:
    unit = series.service.price.unit
    assert unit is not None  # noqa: S101 - every usage price has a unit
    days = f"{len(series.days)} of {series.service.period.days} days"
    likely = (
        f", likely {formats.likely_quantities(*ends, series.quantity)} "
        f"{unit_name(ends[-1], unit)} at its end"
        if ends
        else ""
    )
    previous = (
        f" Dashed: the previous period, {in_units(series.previous_quantity, unit)} in total."
        if series.previous_days
        else ""
    )
    return f"{in_units(series.quantity, unit)} after {days}{likely}.{previous}"


def _totals(days: Sequence[Day], most: int) -> list[tuple[int | Decimal, Decimal]]:
    """The total at each day's end, from zero."""
    totals = [(number, day.cumulative) for number, day in enumerate(days[:most], start=1)]
    return [(0, Decimal(0)), *totals]
