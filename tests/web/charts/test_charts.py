"""Charts as geometry: scales that end at their maximum, round numbers, labels that fit."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricingsite.pricing import (
    BillingFrequency,
    BillingType,
    Period,
    PriceTerms,
    Unit,
    structure_from_dict,
)
from pricingsite.web.charts.geometry import NARROW, WIDE, Axes, Frame, round_numbers, round_up
from pricingsite.web.charts.labels import box_of
from pricingsite.web.charts.prices import price_per_unit


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0", "1"),
        ("0.00071", "0.001"),
        ("0.65", "1"),
        ("1", "1"),
        ("1.1", "2"),
        ("5", "5"),
        ("3125", "5000"),
        ("5001", "10000"),
        ("999999999", "1000000000"),
    ],
)
def test_the_next_round_number(value: str, rounded: str) -> None:
    assert round_up(Decimal(value)) == Decimal(rounded)


@given(st.decimals("0.001", 10**12, places=3), st.integers(2, 8))
def test_ticks_start_at_zero_rise_evenly_and_stay_below_the_maximum(
    maximum: Decimal, about: int
) -> None:
    ticks = round_numbers(maximum, about)
    assert ticks[0] == 0
    assert len(ticks) <= about + 1
    assert ticks[-1] <= maximum
    assert len({b - a for a, b in pairwise(ticks)}) <= 1


def in_words(values: Sequence[Decimal]) -> list[str]:
    return [f"{value:f}" for value in values]


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_the_scales_span_the_plot(frame: Frame) -> None:
    axes = Axes(frame, 1000, 500)
    assert (axes.x(0), axes.x(1000)) == (frame.left, frame.width - frame.right)
    assert (axes.y(0), axes.y(500)) == (frame.height - frame.bottom, frame.top)
    # What lies beyond is drawn at the edge, never outside.
    assert axes.x(5000) == axes.x(1000)
    assert axes.y(5000) == axes.y(500)


def test_words_that_do_not_fit_their_band_are_left_out() -> None:
    axes = Axes(NARROW, 5000, 100)
    axes.columns([(0, 100, "good", "included"), (100, 5000, "warm", "£0.65 each")])
    assert [band.label.text if band.label else None for band in axes.drawing.bands] == [
        None,
        "£0.65 each",
    ]


def test_a_mark_near_the_end_has_its_words_before_it() -> None:
    axes = Axes(WIDE, 100, 100)
    axes.mark(10, 50, "here")
    axes.mark(99, 50, "here")
    axes.mark(50, 50, "here", before=True)
    axes.mark(1, 50, "here", before=True)
    anchors = [mark.label.anchor for mark in axes.drawing.marks]
    assert anchors == ["start", "end", "end", "start"]


@pytest.mark.parametrize(
    ("days", "labels"),
    [(1, 1), (6, 6), (12, 6), (20, 3), (28, 4), (31, 5), (92, 7), (366, 5)],
)
def test_as_many_days_are_labelled_as_fit(days: int, labels: int) -> None:
    axes = Axes(WIDE, days, 10)
    start = date(2026, 11, 1)
    axes.days(Period(start, start + timedelta(days=days)), in_words)
    assert len(axes.drawing.x_ticks) == labels
    assert axes.drawing.x_ticks[0].text == "1 Nov"


@pytest.mark.parametrize(("value", "above"), [(50, 23), (40, 4)])
def test_a_mark_s_words_stand_clear_of_a_rule_s(value: int, above: int) -> None:
    axes = Axes(WIDE, 10, 100)
    axes.rule(50, "50: then more")
    axes.mark(8, value, "here", before=True)
    assert axes.drawing.marks[0].label.y == axes.y(value) - above


def test_the_longest_words_down_an_axis_have_their_room() -> None:
    axes = Axes(NARROW, 100, 1)
    rates = [Decimal("0.000016666"), Decimal(1)]
    axes.ticks(in_words, lambda values: [f"US${value:.9f}" for value in values], at=rates)
    for label in axes.drawing.y_ticks:
        assert box_of(label, NARROW.font).left >= 0
    assert axes.x(0) == axes.drawing.frame.left > NARROW.left


def test_words_down_an_axis_that_would_touch_are_left_out() -> None:
    axes = Axes(WIDE, 100, 1000)
    axes.ticks(in_words, in_words, at=[Decimal(0), Decimal(450), Decimal(440), Decimal(1000)])
    assert [label.text for label in axes.drawing.y_ticks] == ["0", "450", "1000"]


@pytest.mark.parametrize("frame", [WIDE, NARROW])
@pytest.mark.parametrize("calls", [1, 640, 1000, 1500, 2501, 12_000, 1_000_000])
def test_words_keep_clear_of_lines_marks_and_each_other(frame: Frame, calls: int) -> None:
    axes = Axes(frame, 30, max(calls, 1000) * Decimal("1.2"))
    axes.days(Period(date(2026, 11, 1), date(2026, 12, 1)), in_words)
    for bound in (1000, 2500):
        if bound <= axes.y_max:
            axes.rule(bound, f"{bound:,}: then £0.45 each", f"{bound:,}: £0.45")
    axes.upright(25)
    axes.line("main", [(0, 0), (25, calls)])
    axes.mark(25, calls, f"{calls:,}", before=True)
    drawing = axes.drawing
    labels = [one.label for one in (*drawing.lines, *drawing.marks) if one.label]
    assert f"{calls:,}" in [label.text for label in labels]
    assert any(": " in label.text for label in labels)
    boxes = [box_of(label, frame.font) for label in labels]
    for number, box in enumerate(boxes):
        assert not any(map(box.overlaps, boxes[:number]))
        for line in drawing.lines:
            points = [tuple(map(float, point.split(","))) for point in line.points.split()]
            assert not any(box.crossed_by(start, end) for start, end in pairwise(points))


def test_the_average_below_one_unit_is_a_curve_too() -> None:
    tiers = [
        {"upper_bound": "0.1", "flat_fee": "20"},
        {"upper_bound": "0.5", "unit_price": "500"},
        {"unit_price": "1000"},
    ]
    chart = price_per_unit(
        PriceTerms(
            id="T",
            name="Storage",
            currency="GBP",
            structure=structure_from_dict({"model": "graduated", "tiers": tiers}),
            billing_frequency=BillingFrequency.MONTHLY,
            billing_type=BillingType.IN_ARREARS,
            unit=Unit("TB", "TB"),
            metric_id="storage",
        )
    )
    assert chart is not None
    for drawing in chart.drawings:
        (average,) = (line for line in drawing.lines if line.kind == "other")
        assert len(average.points.split()) > 20
