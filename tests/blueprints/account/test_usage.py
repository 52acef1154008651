"""Usage by day as a customer reads it: what was counted, what it cost, and earlier periods."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from support.account_pages import Site, prose, summary, table
from support.accounts import noon

JSON = {"Accept": "application/json"}
EVENING = datetime(2026, 11, 23, 18, 35, tzinfo=UTC)


@pytest.fixture
def scale(site: Site) -> Site:
    """A customer of Scale since August, whose November comes to 2,501 calls."""
    site.account.subscribe("A", "X", start=date(2026, 9, 1))
    site.account.use(1500, at=noon(2026, 9, 30))
    site.account.use(1000, at=noon(2026, 11, 2))
    site.account.use(0, at=noon(2026, 11, 4))
    site.account.use(1500, 1, at=EVENING)
    return site


def test_each_day_of_the_billing_period_and_its_cost(scale: Site) -> None:
    page = scale.read("/account/usage")
    assert page.text_of("h1") == "Usage, 1 to 30 November 2026"
    assert "As of 23 November 2026, 18:40 GMT; usage counted to 18:35." in prose(page)
    rows = table(page, "usage-1-days")
    assert rows[0] == ["Day", "API calls", "Running total", "Cost excl. VAT"]
    assert rows[1] == ["At zero usage", "", "0", "£250.00"]
    assert rows[2:6] == [
        ["1 November", "no data", "0", "£0.00"],
        ["2 November", "1,000", "1,000", "£0.00"],
        ["3 November", "no data", "1,000", "£0.00"],
        ["4 November", "0", "1,000", "£0.00"],
    ]
    assert rows[-2] == ["23 November", "1,501", "2,501", "£675.65"]
    assert rows[-1] == ["Total to date excl. VAT", "2,501", "", "£925.65"]
    assert len(rows) == 26
    assert summary(page) == {
        "Fixed charges": "£750.00",
        "AI add-on, usage on the days above": "£675.65",
        "Total to date excl. VAT": "£1,425.65",
    }


def test_periods_lead_to_each_other(scale: Site) -> None:
    page = scale.read("/account/usage")
    assert page.texts("[rel]:is(a)") == ["Previous: 1 to 31 October 2026"]
    earlier = [link.get_text() for link in page.select("#earlier ~ .scroll a")]
    assert earlier == ["1 to 31 October 2026", "1 to 30 September 2026"]
    october = scale.read(page.one("a[rel=prev]")["href"])
    assert october.text_of("h1") == "Usage, 1 to 31 October 2026"
    assert "No usage was received for these days." in prose(october)
    assert "excl. VAT" in prose(october)
    assert october.texts("[rel]:is(a)") == [
        "Previous: 1 to 30 September 2026",
        "Next: 1 to 30 November 2026",
    ]
    september = scale.read(october.one("a[rel=prev]")["href"])
    assert table(september, "usage-1-days")[-1] == ["Total excl. VAT", "1,500", "", "£475.00"]
    assert not september.select("a[rel=prev]")


@pytest.mark.parametrize("period", ["2026-08", "2026-12", "nonsense", "2026-13", "", "9999-12"])
def test_a_period_that_is_not_there_is_not_found(scale: Site, period: str) -> None:
    scale.read()
    scale.browser.get(f"/account/usage?period={period}", status=404)


def test_the_same_days_as_csv_and_json(scale: Site) -> None:
    page = scale.read("/account/usage")
    download = scale.browser.client.get(page.one("a[href*=csv]")["href"])
    assert download.content_type == "text/csv; charset=utf-8"
    assert 'filename="usage-2026-11.csv"' in download.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(download.text)))
    assert rows[1] == {
        "day": "2026-11-01",
        "price": "AI add-on",
        "unit": "API call",
        "events": "0",
        "quantity": "",
        "cumulative": "0",
        "cost_gbp_excl_vat": "0.00",
    }
    pence = sum(round(float(row["cost_gbp_excl_vat"]) * 100) for row in rows)
    assert pence == 92_565
    found = scale.browser.client.get("/account/usage", headers=JSON).json
    assert (found["net"], found["period"]["start"]) == ("1425.65", "2026-11-01")
    (usage,) = found["usage"]
    assert (usage["net"], usage["net_at_zero_usage"], usage["quantity"]) == (
        "925.65",
        "250.00",
        "2501",
    )
    assert usage["days"][0]["quantity"] is None


def test_no_cell_of_a_download_is_a_formula(site: Site) -> None:
    site.account.price("F", like="X", name='=HYPERLINK("https://evil.example")')
    site.account.subscribe("A", "F")
    download = site.browser.client.get(site.read("/account/usage").one("a[href*=csv]")["href"])
    names = {row["price"] for row in csv.DictReader(io.StringIO(download.text))}
    assert names == {'\'=HYPERLINK("https://evil.example")'}


def test_the_account_page_leads_to_it(scale: Site) -> None:
    assert scale.read().select("main a[href='/account/usage']")


def test_a_plan_without_usage_prices_says_so_and_is_not_led_here(site: Site) -> None:
    site.account.subscribe("A")
    assert not site.read().select("main a[href='/account/usage']")
    page = site.read("/account/usage")
    assert "Nothing on this bill depends on usage" in prose(page)
    assert not page.select("table:has(time)")


def test_before_any_usage_nothing_is_claimed(site: Site) -> None:
    site.account.subscribe("A", "X")
    page = site.read("/account/usage")
    assert "no usage received yet" in prose(page)
    assert "No usage has been received for these days yet." in prose(page)
    assert "£250.00 excl. VAT" in prose(page)


def test_who_has_no_plan_is_told_what_to_do(site: Site) -> None:
    page = site.read("/account/usage")
    assert page.text_of("h1") == "You have no plan"
    site.browser.get("/account/usage.csv", status=404)


def test_earlier_periods_say_what_was_used_and_not_what_was_bought(site: Site) -> None:
    site.account.price("seat", per="seat", per_plural="seats")
    site.account.subscribe("seat", "X", start=date(2026, 10, 1))
    site.account.use(300, at=noon(2026, 10, 5))
    page = site.read("/account/usage")
    assert page.texts("#earlier ~ .scroll td.wide") == ["300 API calls"]
