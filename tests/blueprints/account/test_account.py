"""The estimate as a customer reads it: every state in words, with its figures."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from support.account_pages import Site, figures, prose, summary, table
from support.accounts import NOON

from pricingsite.database import db
from pricingsite.services.customers.verification import verify_tax_id


def test_a_scale_customer_reads_the_bill_to_the_penny(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use(1000, 1000, 500, 1, at=datetime(2026, 11, 23, 18, 35, tzinfo=UTC))
    page = site.read()
    assert page.text_of("h1") == "Your bill for 1 to 30 November 2026"
    assert page.text_of("title") == "Your bill for 1 to 30 November 2026 \N{EN DASH} Amara"
    assert figures(page) == {
        "To date": ("£1,425.65", "excl. VAT · £1,710.78 incl. VAT"),
        "Final bill, at least": ("£1,425.65", "excl. VAT, if usage stopped now"),
        "Next API call costs": ("£0.65", "excl. VAT"),
        "Billed on": ("1 December", "due 31 December"),
    }
    main = prose(page)
    assert "As of 23 November 2026, 18:40 GMT; usage counted to 18:35." in main
    assert "This is an estimate; the invoice is final." in main
    assert table(page, "lines") == [
        ["Item", "Quantity", "Each", "Amount excl. VAT"],
        ["Platform access", "1", "£500.00", "£500.00"],
        ["AI add-on: first 1,000 API calls", "1,000", "£250.00 in total", "£250.00"],
        ["AI add-on: API calls 1,001 to 2,500", "1,500", "£0.45", "£675.00"],
        ["AI add-on: API calls after 2,500", "1", "£0.65", "£0.65"],
        ["To date excl. VAT", "", "", "£1,425.65"],
        ["VAT at 20%", "", "", "£285.13"],
        ["To date incl. VAT", "", "", "£1,710.78"],
    ]
    here = "Every API call after 2,500 You are here earlier API calls keep their price"
    assert table(page, "meter-1-bands") == [
        ["Band", "Price excl. VAT", "Used", "To date excl. VAT"],
        [
            "First 1,000 API calls whether or not you use them",
            "£250.00 in total",
            "1,000",
            "£250.00",
        ],
        [
            "Next 1,500 (1,001 to 2,500) on top of the earlier bands since 23 November",
            "£0.45",
            "1,500",
            "£675.00",
        ],
        [
            f"{here} since 23 November",
            "£0.65",
            "1",
            "£0.65",
        ],
    ]
    assert page.text_of("tr[aria-current=true] th").startswith("Every API call after 2,500")
    assert summary(page) == {
        "Billing period": "1 to 30 November 2026",
        "Time zone": "Europe/London",
        "Next period begins": "1 December 2026, 00:00 GMT, and usage counts from zero again",
        "Invoice date": "1 December 2026",
        "Payment due": "31 December 2026",
        "Your products": "Platform access, AI add-on",
    }


@pytest.mark.parametrize(
    ("calls", "so_far", "used", "sentence"),
    [
        ("0", "£750.00", "0", "£0.00 excl. VAT. After 1,000 more, the price is £0.45."),
        ("640", "£750.00", "640", "£0.00 excl. VAT. After 360 more, the price is £0.45."),
        ("999", "£750.00", "999", "£0.00 excl. VAT. After 1 more, the price is £0.45."),
        ("1000", "£750.00", "1,000", "£0.45 excl. VAT. After 1,500 more, the price is £0.65."),
        ("1001", "£750.45", "1,000", "£0.45 excl. VAT. After 1,499 more, the price is £0.65."),
        ("2500", "£1,425.00", "1,000", "£0.65 excl. VAT. Every further API call costs the same."),
        (
            "1000000",
            "£649,800.00",
            "1,000",
            "£0.65 excl. VAT. Every further API call costs the same.",
        ),
        ("999.5", "£750.00", "999.5", "£0.225 excl. VAT. After 0.5 more, the price is £0.45."),
    ],
)
def test_the_page_says_what_is_included_and_what_the_next_call_costs(
    site: Site, calls: str, so_far: str, used: str, sentence: str
) -> None:
    site.account.subscribe("A", "X")
    if calls != "0":
        site.account.use(calls)
    page = site.read()
    assert figures(page)["To date"][0] == so_far
    label = page.text_of(".meter label")
    assert label == f"{used} of 1,000 included API calls used"
    bar = page.one(".meter progress")
    assert (bar["max"], bar["value"]) == ("1000", used.replace(",", ""))
    assert f"Your next API call costs {sentence}" in prose(page)


def test_at_zero_usage_the_page_says_what_the_bill_consists_of(site: Site) -> None:
    site.account.subscribe("A", "X")
    main = prose(site.read())
    sentence = "£750.00 excl. VAT even at zero usage: Platform access £500.00 + AI add-on £250.00."
    assert sentence in main
    assert "As of 23 November 2026, 18:40 GMT; no usage received yet." in main
    site.account.use(1)
    assert "even at zero usage" not in prose(site.read())


def test_older_usage_is_counted_to_its_day(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use(1, at=NOON)
    assert "usage counted to 20 November 2026, 12:00 GMT." in prose(site.read())


def test_a_start_customer_sees_no_usage_at_all(site: Site) -> None:
    site.account.subscribe("A")
    page = site.read()
    assert figures(page) == {
        "Total": ("£500.00", "excl. VAT · £600.00 incl. VAT"),
        "Billed on": ("1 December", "due 31 December"),
    }
    assert not page.select("progress, .meter, [id^=meter]")
    main = prose(page)
    assert "usage" not in main.casefold()
    assert "API call" not in main


def test_usage_that_no_schedule_bills_is_shown_on_both_pages(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use(7, at=datetime(2026, 10, 31, 12, tzinfo=UTC))
    site.account.use(12, at=NOON)
    words = "Not billed: 7 API calls (31 October 2026)."
    for path in ("/account", "/account/usage"):
        assert words in prose(site.read(path), ".notice")


def test_before_the_start_the_page_says_so(site: Site) -> None:
    site.account.subscribe("A", "X", start=date(2027, 1, 1))
    page = site.read()
    assert page.text_of("h1") == "Your first bill, for 1 to 31 January 2027"
    assert "Starts on 1 January 2027. Usage before that day is not billed." in prose(
        page, ".notice"
    )
    assert figures(page) == {
        "At least": ("£750.00", "excl. VAT · £900.00 incl. VAT"),
        "First API call costs": ("£0.00", "excl. VAT, included"),
        "Billed on": ("1 February", "due 3 March"),
    }
    assert "You have used" not in prose(page)
    assert not page.select("progress, [aria-current=true]")


def test_after_the_end_the_page_says_so(site: Site) -> None:
    site.account.subscribe("A", "X", end=date(2026, 11, 16))
    site.account.use(1200, at=datetime(2026, 11, 3, 9, 0, tzinfo=UTC))
    page = site.read()
    assert page.text_of("h1") == "Your last bill, for 1 to 15 November 2026"
    assert "Ended: 15 November 2026 was the last day." in prose(page, ".notice")
    assert figures(page) == {
        "Total": ("£590.00", "excl. VAT · £708.00 incl. VAT"),
        "Billed on": ("16 November", "due 16 December"),
    }
    assert table(page, "lines")[1] == ["Platform access 15 of 30 days", "1", "£500.00", "£250.00"]
    assert "Next period begins" not in summary(page)
    assert "Your next API call" not in prose(page)


def test_without_a_plan_the_page_says_whom_to_ask(site: Site) -> None:
    page = site.read()
    assert page.text_of("h1") == "You have no plan"
    assert page.one("main a[href='/account/plan']")


def test_who_is_not_verified_is_told_to_follow_the_link(visitor: Site) -> None:
    visitor.order(visitor.account.subscribe("A", "X"))
    page = visitor.read()
    assert page.text_of("h1") == "Your bill for 23 November to 22 December 2026"
    notice = prose(page, ".notice.warm")
    assert "Follow the link we sent to ada@ashdown.example" in notice
    products = "Platform access, AI add-on, once your e-mail address is confirmed"
    assert summary(page)["Your products"] == products
    assert "Details" not in page.texts("header nav a")


def test_a_stranger_is_sent_to_sign_in(visitor: Site) -> None:
    visitor.account.subscribe("A", "X")
    db.session.commit()
    answer = visitor.browser.client.get("/account")
    assert (answer.status_code, answer.location) == (303, "/login?next=/account")


def test_usage_of_another_period_than_the_bills_is_said_to_come_later(site: Site) -> None:
    site.account.price("Q", like="X", name="AI add-on", billing_frequency="quarterly")
    site.account.subscribe("A", "Q", start=date(2026, 10, 1))
    site.account.use(1500)
    page = site.read()
    assert [row[0] for row in table(page, "lines")[1:-3]] == ["Platform access"]
    sentence = "counted over 1 October to 31 December 2026 and billed on a later bill"
    assert sentence in prose(page)
    assert "£475.00 excl. VAT to date" in prose(page)
    assert summary(page)["Next period begins"] == "1 December 2026, 00:00 GMT"
    assert figures(page)["Total"] == ("£500.00", "excl. VAT · £600.00 incl. VAT")


def test_a_price_without_tiers_shows_no_bands(site: Site) -> None:
    package = {"model": "package", "package_size": "100", "package_price": "5"}
    site.account.price("P", like="X", name="AI add-on", structure=package)
    site.account.subscribe("P")
    site.account.use(130)
    page = site.read()
    assert "£0.00 excl. VAT. After 70 more, the price is £5.00." in prose(page)
    assert len(page.select(".scroll table")) == 1
    assert not page.select("progress")


def test_under_the_reverse_charge_no_vat_is_added(site: Site) -> None:
    customer = site.account.customer
    customer.country, customer.tax_id, customer.tax_id_valid = "DE", "DE136695976", True
    site.account.subscribe("A")
    page = site.read()
    said = "VAT is charged until we have verified your VAT number; then no VAT is added"
    assert said in prose(page)
    assert table(page, "lines")[-1][-1] == "£600.00"
    verify_tax_id(db.session(), customer, consultation="WAPIAAAAX7", now=NOON)
    page = site.read()
    assert "Reverse charge" in prose(page)
    assert "DE136695976" in prose(page)
    assert table(page, "lines")[-1][-1] == "£500.00"


def test_times_are_those_of_the_schedules_zone(site: Site, clock: Any) -> None:
    site.account.subscribe("A", "X", start=date(2026, 7, 1))
    site.account.use(1, at=datetime(2026, 7, 15, 23, 30, tzinfo=UTC))
    clock.set(datetime(2026, 7, 15, 23, 40, tzinfo=UTC))
    page = site.read()
    assert "As of 16 July 2026, 00:40 BST; usage counted to 00:30." in prose(page)
    assert summary(page)["Next period begins"].startswith("1 August 2026, 00:00 BST")


def test_who_asks_for_json_gets_the_bill_in_json(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use(2501)
    db.session.commit()
    answer = site.browser.client.get("/account", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/json"
    assert "Accept" in answer.headers["Vary"]
    bill = answer.get_json()
    assert (bill["net"], bill["tax"], bill["gross"]) == ("1425.65", "285.13", "1710.78")
    assert [line["net"] for line in bill["lines"]] == ["500.00", "250.00", "675.00", "0.65"]
    assert bill["as_of"] == "2026-11-23T18:40:00+00:00"
