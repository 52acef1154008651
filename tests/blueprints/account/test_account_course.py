"""How a bill came about and where it is going, as a customer reads it beside the figures."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from support.account_pages import Site, figures, prose
from support.accounts import NOON
from support.pages import squeeze

from pricingsite.database import db
from pricingsite.models.ranges import UsageRange


def test_the_last_bill_stands_beside_this_one_with_the_reasons(site: Site) -> None:
    site.account.subscribe("A", "X", start=date(2026, 10, 1))
    site.account.use(1000, at=datetime(2026, 10, 5, 12, tzinfo=UTC))
    site.account.use(1500, at=NOON)
    page = site.read()
    said = prose(page, "section[aria-labelledby=comparison]")
    assert "Your bill for 1 to 31 October 2026 was £750.00 excl. VAT." in said
    assert "This one is £225.00 more to date" in said
    assert "500 API calls more£225.00" in said


def test_the_first_bill_has_none_beside_it(site: Site) -> None:
    site.account.subscribe("A", "X")
    assert not site.read().select("#comparison")


def test_a_plan_without_usage_has_nothing_to_draw(site: Site) -> None:
    site.account.subscribe("A", start=date(2026, 10, 1))
    page = site.read()
    assert not page.select("svg")
    assert "the same as this one" in prose(page, "section[aria-labelledby=comparison]")


def test_the_period_is_drawn_and_told_as_a_table(site: Site) -> None:
    site.account.subscribe("A", "X", start=date(2026, 10, 1))
    site.account.use(1000, at=datetime(2026, 10, 5, 12, tzinfo=UTC))
    site.account.use(1200, at=NOON)
    page = site.read()
    figure = page.one("#chart-period-X")
    assert len(figure.select("svg[role=img]")) == 2
    words = (
        "1,200 API calls after 23 of 30 days. "
        "Dashed: the previous period, 1,000 API calls in total."
    )
    for drawing in figure.select("svg"):
        assert words in page.text_of(f"#{drawing['aria-labelledby']}")
    rows = [
        [squeeze(cell.get_text()) for cell in row.select("th, td")] for row in figure.select("tr")
    ]
    assert rows[0] == ["Day", "API calls in total", "Previous period"]
    assert rows[1] == ["1 November", "0", "0"]
    assert rows[20] == ["20 November", "1,200", "1,000"]
    assert len(rows) == 24


def test_the_pace_of_late_is_told_beside_what_is_certain(site: Site) -> None:
    site.account.subscribe("A", "X", start=date(2026, 10, 1))
    for day in range(9, 23):
        site.account.use(100, at=datetime(2026, 11, day, 19, tzinfo=UTC))
    shown = figures(site.read())["Final bill, at least"]
    assert shown[0] == "£930.00"
    assert "if usage stopped now; about £1,250 if the last 14 days continue" in shown[1]


def test_the_four_figures_name_no_pace_without_usage(site: Site) -> None:
    site.account.subscribe("A", "X", start=date(2026, 10, 1))
    assert "pace" not in prose(site.read())


def test_who_pays_list_prices_may_try_other_numbers(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use("1500")
    link = site.read().one("main a[href^='/calculator']")["href"]
    assert link == "/calculator?api_calls=1500"
    assert "£975.00" in site.browser.get(link).text_of("[data-result]")


def test_who_has_a_deal_is_not_shown_other_prices(site: Site) -> None:
    site.account.subscribe("B", "Y")
    site.account.use("1500")
    assert not site.read().select("main a[href^='/calculator']")


def test_where_the_bill_is_going_is_told_by_what_is_known(site: Site) -> None:
    site.account.subscribe("A", "X", start=date(2026, 9, 1))
    site.account.use_daily(100, date(2026, 9, 1), 84)
    page = site.read()
    note = figures(page)["Final bill, at least"][1]
    assert note == "excl. VAT, if usage stopped now; about £1,760 if the last 14 days continue"
    assert "Likely" not in page.texts("#forecast ~ dl dt")
    row = UsageRange(
        metric_id="api_calls",
        days_gone=22,
        low=Decimal("0.8"),
        high=Decimal("1.5"),
        months=64,
        made_at=NOON,
    )
    db.session.add(row)
    page = site.read()
    note = figures(page)["Final bill, at least"][1]
    assert note == "excl. VAT, if usage stopped now; likely between £1,640 and £2,010"
    assert prose(page, "section:has(#forecast) dl > div:last-child dd") == (
        "Between £1,640 and £2,010 excl. VAT. Of 64 past months of all customers, 8 in 10 fell "
        "inside ranges made this way. So did all of your last 2 months."
    )
    assert page.select("#chart-period-X polyline.fan")
    assert "likely 2,840 to 3,400 API calls at its end" in prose(page, "#chart-period-X")


def test_less_than_a_unit_is_drawn_to_its_own_scale(site: Site) -> None:
    site.account.price("T", like="X", structure={"model": "linear", "unit_price": "1000"})
    site.account.subscribe("T")
    site.account.use("0.04")
    for drawing in site.read().select("#chart-period-T svg"):
        assert {"0.01", "0.04"} <= {one.get_text() for one in drawing.select("text")}


def test_a_feed_that_fell_silent_is_said_to_and_nothing_is_projected(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use_daily(100, date(2026, 11, 1), 23)
    assert not site.read().select(".notice")
    assert not site.read_at(datetime(2026, 11, 24, 11, 59, tzinfo=UTC)).select(".notice")
    page = site.read_at(datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert "No usage received for a whole day." in prose(page, ".notice.warm")
    assert figures(page)["Final bill, at least"][1] == "excl. VAT, if usage stopped now"
    assert not page.select("#forecast")


def test_who_uses_now_and_then_is_not_told_of_silence(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use_daily(100, date(2026, 11, 1), 19)
    site.account.use_daily(100, date(2026, 11, 21), 1)
    assert not site.read().select(".notice")


@pytest.mark.parametrize(
    ("own", "calls", "cost", "change"),
    [
        (
            ("A", "X"),
            2302,
            "On Start this period would cost £500.00 excl. VAT to date, £835.90 less.",
            " You would lose AI add-on; it does not cover your 2,302 API calls.",
        ),
        (
            ("A", "X"),
            0,
            "On Start this period would cost £500.00 excl. VAT to date, £250.00 less.",
            " You would lose AI add-on.",
        ),
        (
            ("A",),
            0,
            "On Scale this period would cost from £750.00 excl. VAT, £250.00 more,",
            " with AI add-on.",
        ),
    ],
)
def test_another_plan_is_told_with_what_would_be_lost(
    site: Site, own: tuple[str, ...], calls: int, cost: str, change: str
) -> None:
    site.account.subscribe(*own)
    if calls:
        site.account.use(calls)
    page, other = site.read(), "Scale" if len(own) == 1 else "Start"
    assert (
        prose(page, "section:has(#others) p:first-of-type")
        == f"{cost}{change} {other} in detail · Change to {other}"
    )
    assert len(page.select("section:has(#others) p:not(.no-print)")) == 1


def test_who_has_a_deal_is_not_told_of_list_prices(site: Site) -> None:
    site.account.subscribe("B", "Y")
    assert not site.read().select("#others")


def test_the_page_asks_the_database_for_a_bounded_number_of_things(
    site: Site, queries: Callable[..., object]
) -> None:
    site.account.subscribe("A", "X", start=date(2026, 6, 1))
    site.account.use_daily(100, date(2026, 6, 1), 175)
    site.read()
    with queries(at_most=24):
        site.read()
