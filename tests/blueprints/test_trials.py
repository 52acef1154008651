"""A trial, from the plan's page to the first bill after it."""

from datetime import UTC, datetime

from blueprints.conftest import At
from flask import Flask
from support.accounts import Account
from support.factories import ROSTER
from support.members import PASSWORD
from support.orders import TYPED, mails, rows
from support.pages import Browser, squeeze
from support.plan_terms import (
    BOTH,
    SCALE,
    START,
    TRIAL,
    YEAR,
    link,
    main,
    order,
    sell,
    sell_roster,
    verify,
)

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule, Phase
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.web.mails.trials import write_trial_mails


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
