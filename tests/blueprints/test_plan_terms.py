"""A plan's minimum, its trial and a promotion code, from the catalog file to the account page."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.accounts import Account
from support.factories import ROSTER, amara_with
from support.members import PASSWORD
from support.orders import TYPED, mails, rows
from support.pages import Browser, Page, squeeze

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.promotions import Promotion
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.orders.unverified import end_order
from pricingsite.web.mails.trials import write_trial_mails

At = Callable[[datetime], AbstractContextManager[Any]]
BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
SCALE = 'id = "scale"\nname = "Scale"'
START = 'id = "start"\nname = "Start"'
MINIMUM = f'{SCALE}\nminimum = "1000"'
TRIAL = f"{START}\ntrial_days = 14"
LAUNCH = """
[[promotions]]
code = "LAUNCH"
percent = "20"
periods = 3
plans = ["scale"]
maximum_redemptions = 1

[[promotions]]
code = "WELCOME"
amount = "300"
currency = "GBP"
new_customers_only = true

[[promotions]]
code = "LATER"
percent = "10"
valid_from = "2099-01-01"

[[promotions]]
code = "GONE"
percent = "10"
valid_until = "2020-01-01"
"""


@pytest.fixture
def at(clock: Clock) -> At:
    """What is done at another moment."""

    @contextmanager
    def moment(instant: datetime) -> Iterator[None]:
        clock.set(instant)
        yield

    return moment


@pytest.fixture
def another_browser(app: Flask) -> Browser:
    return Browser(app)


def sell(app: Flask, *edits: tuple[str, str], more: str = "") -> None:
    with app.app_context():
        document = read_catalog(amara_with(*edits) + more.encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()


def order(browser: Browser, plan: str, **typed: str) -> Page:
    return browser.submit(browser.get(f"/checkout/{plan}"), **(TYPED | typed))


def link(app: Flask, to: str = TYPED["email"]) -> str:
    (found, *_) = re.findall(r"http://[^/]+(/verify/\S+)", mails(app, to)[-1].text)
    return str(found)


def verify(app: Flask, browser: Browser, to: str = TYPED["email"]) -> Page:
    page = browser.get(link(app, to))
    return browser.follow(browser.submit(page, password=PASSWORD))


def main(page: Page) -> str:
    return page.text_of("main")


# A minimum


def test_a_minimum_is_on_every_page_that_shows_a_price(app: Flask, browser: Browser) -> None:
    sell(app, (SCALE, MINIMUM))
    card = browser.get("/").text_of("section:has(> #plan-scale)")
    assert "from £1,000.00 a month excl. VAT" in card
    assert "Minimum £1,000.00 a month excl. VAT, at any usage" in card
    detail = main(browser.get("/plans/scale"))
    assert "Minimum £1,000.00 a month" in detail
    assert "What does the minimum mean?" in detail
    assert "While charges are below the minimum, more usage adds nothing to the bill." in detail
    document = browser.client.get("/pricing.json").get_json()["plans"][1]
    assert document["minimum"] == {"amount": "1000", "billing_frequency": "monthly"}
    assert document["at_zero_usage"][0]["net"] == "1000.00"
    text = browser.client.get("/pricing.md").get_data(as_text=True)
    assert "Minimum: £1,000.00 a month excl. VAT." in text
    assert "Minimum" not in browser.get("/plans/start").text_of("main")


def test_a_bill_below_the_minimum_says_what_makes_up_the_difference(
    app: Flask, browser: Browser
) -> None:
    sell(app, (SCALE, MINIMUM))
    page = browser.get("/calculator?api_calls=1500")
    quoted = page.text_of("section:has(> #quote-scale)")
    assert "Minimum commitment £1,000.00 at least, £975.00 charged £25.00" in quoted
    checkout = browser.get("/checkout/scale")
    assert "Minimum £1,000.00 a month excl. VAT , at any usage" in main(checkout)
    assert "Minimum commitment £250.00" in checkout.text_of("aside")
    order(browser, "scale")
    assert "Minimum: £1,000.00 a month, excl. VAT" in squeeze(mails(app)[0].text)
    account = verify(app, browser)
    assert "Minimum commitment £1,000.00 at least, £750.00 charged £250.00" in main(account)
    estimate = browser.client.get("/account", headers={"Accept": "application/json"}).get_json()
    assert estimate["net"] == "1000.00"
    assert estimate["lines"][-1] | {"period": None} == {
        "price_id": None,
        "kind": "minimum",
        "description": "Minimum commitment",
        "period": None,
        "quantity": "1",
        "unit_price": "250",
        "flat_fee": None,
        "proration": None,
        "tax_rate": "0.2",
        "net": "250.00",
    }
    usage = main(browser.get("/account/usage"))
    assert "Minimum commitment £250.00" in usage
    assert "Fixed charges £750.00" in usage


# A trial


def test_a_trial_is_promised_plainly_before_the_order(app: Flask, browser: Browser) -> None:
    sell(app, (START, TRIAL))
    promise = "The first 14 days are free. Then the plan ends, unless you choose to keep it."
    assert promise in browser.get("/").text_of("section:has(> #plan-start)")
    assert promise in main(browser.get("/plans/start"))
    assert browser.client.get("/pricing.json").get_json()["plans"][0]["trial_days"] == 14
    page = browser.get("/checkout/start")
    text = main(page)
    assert promise in text
    assert "which brings no obligation to pay" in text
    assert page.texts("main form button") == ["Start the trial"]
    assert "Your first bill after the trial" in text
    assert "Due today £0.00" in text


def test_nothing_is_due_on_the_day_a_trial_of_a_fee_in_advance_begins(
    app: Flask, browser: Browser
) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(ROSTER.read_bytes()), archive=False, now=app.config["NOW"])
        db.session.commit()
    said = browser.get("/").text_of("[aria-labelledby=billing]")
    assert "Nothing. On Team the trial comes first, and the first bill comes when it ends." in said
    assert "Starts on the day you choose, or when your trial ends, and is always" in said


@BOTH
def test_a_trial_is_not_billed_and_its_end_is_the_anchor(
    app: Flask, browser: Browser, at: At
) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (START, TRIAL))
        page = browser.follow(order(browser, "start"))
        assert "24 February 2027 , £500.00 + VAT £100.00 = £600.00 incl. VAT" in main(page)
        assert "24 January to 23 February 2027" in main(page)
        assert "Nothing is billed for those days." in squeeze(mails(app)[0].text)
        account = verify(app, browser)
        text = main(account)
        assert account.text_of("h1") == "Your trial, 10 to 23 January 2027"
        assert "Your plan ends on 24 January 2027 unless you keep it." in text
        assert "Total £0.00" in text
        assert "Billed on" not in text
        kept = browser.follow(browser.submit(account, "main form", status=303))
        assert "You keep your plan." in kept.text_of("[role=status]")
        assert "goes on from 24 January 2027" in main(kept)
    with at(datetime(2027, 2, 1, 9, tzinfo=UTC)):
        account = browser.get("/account")
        assert account.text_of("h1") == "Your bill for 24 January to 23 February 2027"
        assert "Invoice date 24 February 2027" in main(account)
        assert "£500.00" in main(account)
        usage = browser.get("/account/usage")
        assert "10 to 23 January 2027" in main(usage)
        trial = browser.get(usage.one("[rel=prev]")["href"])
        assert trial.text_of("h1") == "Usage, 10 to 23 January 2027"
        assert browser.get(trial.one("[rel=next]")["href"]).text_of("h1") == usage.text_of("h1")
        for period in ("2027-01-11", "2027-01-9x", "2026-12-24"):
            browser.get(f"/account/usage?period={period}", status=404)


@BOTH
def test_a_trial_that_nobody_confirms_ends(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (START, TRIAL))
        order(browser, "start")
        account = verify(app, browser)
    with at(datetime(2027, 1, 20, 9, tzinfo=UTC)), app.app_context():
        assert write_trial_mails() == []
        assert len(mails(app)) == 1
    for _ in range(2):
        with at(datetime(2027, 1, 21, 9, tzinfo=UTC)), app.app_context():
            assert write_trial_mails() == []
        (_, reminder) = mails(app)
        assert reminder.subject == "Your trial ends on 23 January 2027"
        assert "unless you choose to keep it" in squeeze(reminder.text)
        assert "24 February 2027: £500.00 + VAT £100.00 = £600.00" in squeeze(reminder.text)
    with at(datetime(2027, 1, 24, 0, tzinfo=UTC)):
        ended = browser.get("/account")
        assert "Nothing was billed, and your plan has ended." in main(ended)
        token = account.select("input[name=csrf_token]")[0]["value"]
        late = browser.post("/account/trial/keep", {"csrf_token": token})
        assert "the trial is over" in browser.follow(late).text_of("[role=status]")


def test_a_trial_that_continues_said_so_on_the_order(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (START, f'{TRIAL}\ntrial_then = "continues"'))
        page = browser.get("/checkout/start")
        assert page.texts("main form button") == ["Order with obligation to pay"]
        assert "The plan goes on from 24 January 2027 , and you pay for it." in main(page)
        order(browser, "start")
        assert not verify(app, browser).select("main form")
    with at(datetime(2027, 1, 24, 9, tzinfo=UTC)):
        assert "£500.00" in main(browser.get("/account"))


def test_usage_in_a_trial_is_counted_and_costs_nothing(
    app: Flask, browser: Browser, at: At
) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (SCALE, f"{SCALE}\ntrial_days = 40"))
        order(browser, "scale")
        verify(app, browser)
        with app.app_context():
            (schedule,) = rows(app, BillingSchedule)
            account = Account.of(db.session(), schedule.customer_id)
            account.use(1234, at=datetime(2027, 1, 10, 8, tzinfo=UTC))
            db.session.commit()
        text = main(browser.get("/account"))
        assert "You have used 1,234 API calls." in text
        assert "Your trial, 10 January to 18 February 2027" in text
        assert "1,234" in main(browser.get("/account/usage"))
        estimate = browser.client.get("/account", headers={"Accept": "application/json"})
        assert (estimate.get_json()["net"], estimate.get_json()["trial"]) == ("0.00", True)
        browser.get("/account/alerts")


def test_a_trial_verified_late_keeps_its_length(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (START, TRIAL))
        order(browser, "start")
    with at(datetime(2027, 1, 13, 9, tzinfo=UTC)):
        assert verify(app, browser).text_of("h1") == "Your trial, 13 to 26 January 2027"
        (schedule,) = rows(app, BillingSchedule)
        assert str(schedule.anchor_date) == str(schedule.end_date) == "2027-01-27"


@BOTH
def test_a_company_has_one_trial(
    app: Flask, browser: Browser, another_browser: Browser, at: At
) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (START, TRIAL))
        order(browser, "start")
        verify(app, browser)
        # The checkout says the same to everybody.
        other = "bob@ashdown.example"
        page = another_browser.follow(order(another_browser, "start", email=other))
        assert "First bill after the trial" in main(page)
        asked = another_browser.get(link(app, other))
        assert "A company can have one trial, and yours has had one." in main(asked)
        assert "10 February 2027: £500.00 + VAT £100.00" in main(asked)
        assert asked.texts("main form button") == ["Start the plan with obligation to pay"]
        account = another_browser.follow(another_browser.submit(asked, password=PASSWORD))
        assert account.text_of("h1") == "Your bill for 10 January to 9 February 2027"
        assert [phase.trial for phase in rows(app, Phase)].count(True) == 1


@BOTH
def test_who_confirms_first_has_the_trial(
    app: Flask, browser: Browser, another_browser: Browser, at: At
) -> None:
    """A page opened before another of the company confirmed starts nothing that it did not say."""
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (START, TRIAL))
        order(browser, "start")
        other = "bob@ashdown.example"
        order(another_browser, "start", email=other)
        opened = another_browser.get(link(app, other))
        assert "one trial" not in main(opened)
        verify(app, browser)
        asked = another_browser.submit(opened, password=PASSWORD, status=409)
        assert "yours has had one" in main(asked)
        unverified = [one.billing_email for one in rows(app, Customer) if not one.verified_at]
        assert unverified == [other]


# Promotion codes


def test_a_code_shows_its_discount_before_the_order(app: Flask, browser: Browser) -> None:
    sell(app, more=LAUNCH)
    blank = browser.get("/checkout/scale")
    assert not blank.select("[name=code][required]")
    typed = TYPED | {"code": "launch"}
    shown = browser.submit(blank, update="1", status=200, **typed)
    assert "Discount LAUNCH, 20% \N{MINUS SIGN}£150.00" in shown.text_of("aside")
    assert "20% off for 3 months, until" in main(shown)
    assert shown.one("[name=code]")["value"] == "launch"
    placed = browser.follow(browser.submit(shown))
    assert "£600.00 + VAT £120.00 = £720.00" in main(placed)
    assert "Discount: 20% off for 3 months, until" in squeeze(mails(app)[0].text)
    account = verify(app, browser)
    assert "Your discount: 20% off for 3 months, until" in main(account)
    assert "Discount LAUNCH, 20%" in main(account)
    (phase,) = rows(app, Phase)
    assert (phase.discount_code, phase.discount_periods) == ("LAUNCH", 3)


def test_an_order_with_a_code_that_was_not_shown_yet_shows_the_total(
    app: Flask, browser: Browser
) -> None:
    sell(app, more=LAUNCH)
    page = browser.submit(
        browser.get("/checkout/scale"), **(TYPED | {"code": "LAUNCH"}), status=422
    )
    assert "has changed since the total was shown. Nothing was ordered" in main(page)
    assert browser.submit(page).location.startswith("/orders/")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("NOPE", "There is no promotion code NOPE"),
        ("later", "Promotion code LATER is not valid yet"),
        ("GONE", "Promotion code GONE has expired"),
        ("LAUNCH", "Promotion code LAUNCH is not for this plan"),
    ],
)
def test_a_wrong_code_is_told_and_orders_nothing(
    app: Flask, browser: Browser, code: str, says: str
) -> None:
    sell(app, more=LAUNCH)
    page = browser.submit(browser.get("/checkout/start"), **(TYPED | {"code": code}), status=422)
    assert says in page.text_of(".error-summary")
    assert page.one("[name=code]")["value"] == code
    assert page.one("[name=organization]")["value"] == TYPED["organization"]
    assert rows(app, BillingSchedule) == []


@BOTH
def test_a_code_is_redeemed_as_often_as_it_may_be(
    app: Flask, browser: Browser, another_browser: Browser
) -> None:
    sell(app, more=LAUNCH)
    typed = TYPED | {"code": "LAUNCH"}
    first = browser.submit(browser.get("/checkout/scale"), update="1", status=200, **typed)
    second = another_browser.submit(
        another_browser.get("/checkout/scale"), update="1", status=200, **typed
    )
    browser.submit(first)
    late = another_browser.submit(second, status=422)
    assert "has been used as often as it can be" in late.text_of(".error-summary")
    with app.app_context():
        (reference,) = {one.reference for one in rows(app, Order)}
        end_order(db.session(), reference, now=app.config["NOW"])
        db.session.commit()
        assert db.session.get_one(Promotion, "LAUNCH").redeemed == 0


@BOTH
def test_a_code_for_new_customers_is_decided_when_the_address_is_confirmed(
    app: Flask, browser: Browser, another_browser: Browser
) -> None:
    sell(app, more=LAUNCH)
    order(browser, "start")
    verify(app, browser)
    other = "bob@ashdown.example"
    typed = TYPED | {"code": "WELCOME", "email": other}
    shown = another_browser.submit(
        another_browser.get("/checkout/start"), update="1", status=200, **typed
    )
    another_browser.submit(shown)
    asked = another_browser.get(link(app, other))
    assert "The promotion code does not apply." in main(asked)
    account = another_browser.follow(another_browser.submit(asked, password=PASSWORD))
    assert "WELCOME" not in main(account)
    with app.app_context():
        assert db.session.get_one(Promotion, "WELCOME").redeemed == 0
        assert db.session.scalar(select(Phase.discount_code).limit(1)) is None


def test_the_terms_speak_of_trials_and_codes_where_there_are_any(
    app: Flask, browser: Browser
) -> None:
    sell(app, (START, TRIAL), more=LAUNCH)
    page = browser.get("/terms")
    assert page.texts("[aria-labelledby=trials] li") == [
        "Start : The first 14 days are free. Then the plan ends, unless you choose to keep it."
    ]
    assert "A company can use each code once." in page.text_of("[aria-labelledby=codes]")


def test_the_code_field_is_there_where_there_are_codes(app: Flask, browser: Browser) -> None:
    sell(app)
    assert not browser.get("/checkout/start").select("[name=code]")


def test_an_amount_never_takes_more_than_is_charged(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, ('amount = "500"', 'amount = "250"'), more=LAUNCH)
        typed = TYPED | {"code": "WELCOME"}
        page = browser.submit(browser.get("/checkout/start"), update="1", status=200, **typed)
        assert "Discount WELCOME \N{MINUS SIGN}£250.00" in page.text_of("aside")
        assert "Total incl. VAT £0.00" in page.text_of("aside")


def test_a_code_ends_after_its_periods(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, more=LAUNCH)
        typed = TYPED | {"code": "LAUNCH"}
        shown = browser.submit(browser.get("/checkout/scale"), update="1", status=200, **typed)
        assert "20% off for 3 months, until 9 April 2027 (LAUNCH)" in main(shown)
        browser.submit(shown)
        verify(app, browser)
    for day, net in ((9, "600.00"), (10, "750.00")):
        with at(datetime(2027, 4, day, 12, tzinfo=UTC)):
            page = browser.client.get("/account", headers={"Accept": "application/json"})
            assert page.get_json()["net"] == net
            account = main(browser.get("/account"))
            assert ("LAUNCH" in account) == (net == "600.00")
            assert ("Discount or minimum £150.00" in account) == (net == "750.00")


# All of it, on a plan that is bought by the seat and the year


def sell_roster(app: Flask, *edits: tuple[str, str], more: str = "") -> None:
    text = ROSTER.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    with app.app_context():
        document = read_catalog((text + more).encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()


YEAR = {
    "option": "yearly",
    "quantity.seat-year": "7",
    "add_on.site-year": "2",
    "country": "US",
    "postcode": "04101",
}
TWENTY = '\n[[promotions]]\ncode = "TWENTY"\npercent = "20"\nperiods = 1\n'


def test_seven_seats_by_the_year_with_sites_and_a_code(app: Flask, browser: Browser) -> None:
    sell_roster(app, more=TWENTY)
    page = browser.get("/checkout/team?option=yearly")
    typed = TYPED | YEAR | {"code": "TWENTY"}
    shown = browser.submit(page, update="1", status=200, **typed)
    aside = shown.text_of("aside")
    assert "Discount TWENTY, 20% \N{MINUS SIGN}US$172.00" in aside
    assert "Total excl. sales tax US$688.00" in aside
    assert "20% off for one year" in main(shown)
    placed = browser.follow(browser.submit(shown))
    assert "US$688.00" in main(placed)


def test_a_yearly_fee_in_advance_is_billed_when_the_trial_is_over(
    app: Flask, browser: Browser, at: At
) -> None:
    with at(datetime(2027, 1, 10, 17, tzinfo=UTC)):
        sell_roster(app, ("trial_days = 14", "trial_days = 30"))
        page = browser.get("/checkout/team?option=yearly")
        assert "Due today US$0.00" in main(page)
        shown = browser.submit(page, update="1", status=200, **(TYPED | YEAR))
        placed = browser.follow(browser.submit(shown))
        assert "First bill after the trial 9 February 2027 , US$860.00" in main(placed)
        assert "is made on 9 February 2027" in main(placed)
        account = verify(app, browser)
        assert account.text_of("h1") == "Your trial, 10 January to 8 February 2027"
        assert "made on 9 February" not in main(account)
        browser.submit(account)
    with at(datetime(2027, 2, 9, 17, tzinfo=UTC)):
        page = browser.get("/account")
        assert "Your first bill, made on 9 February 2027 , is US$860.00" in main(page)
        assert "9 February 2027 to 8 February 2028" in main(page)


def test_an_order_of_a_trial_that_is_to_begin(app: Flask, browser: Browser, at: At) -> None:
    with at(datetime(2027, 1, 10, 9, tzinfo=UTC)):
        sell(app, (SCALE, f"{SCALE}\ntrial_days = 14"))
        order(browser, "scale", start="2027-01-20")
        text = main(browser.get("/account"))
        assert "Starts on 20 January 2027" in text
        assert "Trial from 20 January 2027 to 2 February 2027" in text
        assert "with obligation to pay" not in text
        account = verify(app, browser)
        assert "Scale: Platform access, AI add-on" in main(account)
        browser.get("/account/usage")
        kept = browser.follow(browser.submit(account))
        assert "Your plan goes on from 3 February 2027" in main(kept)
    with at(datetime(2027, 3, 3, 9, tzinfo=UTC)):
        assert "Your bill for 3 February to 2 March 2027 was £750.00" in main(
            browser.get("/account")
        )


def test_no_stranger_keeps_a_plan(app: Flask, browser: Browser) -> None:
    sell(app, (START, TRIAL))
    page = browser.follow(order(browser, "start"))
    token = page.select("input[name=csrf_token]")[0]["value"]
    browser.post("/account/trial/keep", {"csrf_token": token}, status=403)
    (schedule,) = rows(app, BillingSchedule)
    assert schedule.trial_confirmed_at is None


def test_what_the_merchant_sees_of_codes_and_terms(app: Flask) -> None:
    sell(app, (SCALE, f'{SCALE}\nminimum = "1000"\ntrial_days = 14'), more=LAUNCH)
    shown = app.test_cli_runner().invoke(args=["catalog", "show"]).output
    assert "plan scale (Scale) = A + X, minimum 1000, trial 14 days then ends" in shown
    assert "promotion code LAUNCH: 20% off, redeemed 0 of 1" in shown
    assert "promotion code WELCOME: 300 GBP off, redeemed 0" in shown


CREW = """
[[products]]
id = "crew"
name = "Crew"

[[products.prices]]
id = "crew-seat"
list_price = true
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_advance"
per = "seat"
minimum_quantity = "LEAST"
model = "volume"
tiers = [{ upper_bound = "10", unit_price = "9" }, { unit_price = "7.50" }]

[[plans]]
id = "crew"
name = "Crew"
prices = ["crew-seat"]
"""


@pytest.mark.parametrize(
    ("least", "headline"),
    [("3", "from £27.00 a month excl. VAT"), ("10", "£90.00 a month excl. VAT")],
)
def test_from_is_said_of_what_is_bought_only_where_no_more_of_it_costs_less(
    app: Flask, browser: Browser, least: str, headline: str
) -> None:
    sell(app, more=CREW.replace("LEAST", least))
    # Eleven seats cost £82.50: less than ten.
    assert browser.get("/").texts("section:has(> #plan-crew) .price") == [headline]
    assert f"Crew {headline.removesuffix(' excl. VAT')}" in str(
        browser.get("/").one("meta[name=description]")["content"]
    )
