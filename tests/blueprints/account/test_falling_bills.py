"""A bill that more usage can lower is never called a minimum, and its days add up all the same."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from support.account_pages import Site, figures, summary, table
from support.accounts import NOW, noon
from support.jobs import job, metric

from pricingsite.services.usage.recording import record

TIERS = [{"upper_bound": "5", "unit_price": "1"}, {"unit_price": "3"}]


@pytest.fixture
def disks(site: Site) -> Site:
    """A customer billed by its latest number of disks: 9 on the 3rd, 7 on the 5th, 2.5 later."""
    account = site.account
    account.session.add(metric("disks", "latest", unit="disk", unit_plural="disks"))
    account.session.flush()
    account.price(
        "DISKS",
        like="X",
        name="Disks",
        metric_id="disks",
        structure={"model": "graduated", "tiers": TIERS},
    )
    account.subscribe("A", "DISKS")
    for day, value in ((5, 7), (3, 9), (9, Decimal("2.5"))):
        event = job(day, value, noon(2026, 11, day), subject=account.customer.id)
        record(account.session, [event], now=NOW)
    return site


def test_a_bill_by_the_latest_event_is_not_called_a_minimum(disks: Site) -> None:
    page = disks.read()
    assert list(figures(page)) == ["To date", "Next disk costs", "Billed on"]
    assert figures(page)["To date"][0] == "£502.50"
    assert not page.select("#forecast")
    assert [row[-1] for row in table(page, "meter-1-bands")[1:]] == ["£2.50", "£0.00"]


def test_a_band_is_dated_from_when_it_was_last_entered(disks: Site) -> None:
    since = "#meter-1-bands ~ tbody .working:-soup-contains(since)"
    assert disks.read().texts(since) == []
    event = job("again", 6, noon(2026, 11, 20), subject=disks.account.customer.id)
    record(disks.account.session, [event], now=NOW)
    assert disks.read().texts(since) == ["since 20 November"]


def test_the_chart_has_room_for_the_highest_day(disks: Site) -> None:
    for drawing in disks.read().select("#chart-period-DISKS svg"):
        (line,) = drawing.select("polyline.main")
        heights = [float(point.split(",")[1]) for point in line["points"].split()]
        assert heights.count(min(heights)) == 2, "9 disks on two days, and no other day is as high"


def test_a_day_may_lower_the_cost_and_the_days_add_up(disks: Site) -> None:
    page = disks.read("/account/usage")
    rows = table(page, "usage-1-days")
    assert rows[4] == ["3 November", "9", "9", "£17.00"]
    assert rows[5] == ["4 November", "no data", "9", "£0.00"]
    assert rows[6] == ["5 November", "7", "7", "\N{MINUS SIGN}£6.00"]
    assert rows[10] == ["9 November", "2.5", "2.5", "\N{MINUS SIGN}£8.50"]
    assert rows[-1][-1] == "£2.50"
    assert summary(page)["Disks, usage on the days above"] == "£2.50"
    download = disks.browser.client.get(page.one("a[href*=csv]")["href"]).text
    days = list(csv.DictReader(io.StringIO(download)))
    assert [row["cumulative"] for row in days[3:10]] == ["9", "9", "7", "7", "7", "7", "2.5"]
    assert sum(Decimal(row["cost_gbp_excl_vat"]) for row in days) == Decimal("2.50")


def test_a_volume_price_that_gets_cheaper_is_not_called_a_minimum(site: Site) -> None:
    account = site.account
    tiers = [{"upper_bound": "1000", "unit_price": "1"}, {"unit_price": "0.50"}]
    account.price("V", like="X", structure={"model": "volume", "tiers": tiers})
    account.subscribe("A", "V", start=date(2026, 10, 1))
    account.use_daily(40, date(2026, 11, 1), 23)
    page = site.read()
    assert list(figures(page)) == ["To date", "Next API call costs", "Billed on"]
    assert page.texts("section:has(#forecast) dt") == ["If the last 14 days continue"]
