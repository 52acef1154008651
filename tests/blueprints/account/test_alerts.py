"""The page on which a customer says what it wants to be told of."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import g
from sqlalchemy import select
from support.account_pages import Site, prose
from support.accounts import NOON
from support.pages import Page

from pricingsite.database import db
from pricingsite.models.alerts import Alert
from pricingsite.models.catalog import Price
from pricingsite.models.outbox import OutboxMessage
from pricingsite.pricing import Money
from pricingsite.services.alerts.choices import AlertChoices, choose_alerts
from pricingsite.web.mails.alerts import write_alert_mails

ALERTS = "/account/alerts"


def save(site: Site, *, status: int = 303, **values: str | list[str]) -> Page:
    return site.browser.submit(site.read(ALERTS), status=status, **values)


def stored() -> set[tuple[str, str, str]]:
    db.session.rollback()
    return {(a.kind, a.metric_id, str(a.value)) for a in db.session.scalars(select(Alert))}


def mails(site: Site) -> list[OutboxMessage]:
    db.session.commit()
    write_alert_mails()
    rows = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [row for row in rows if row.unsubscribe_url and site.account.customer]


def test_what_is_chosen_is_stored_and_shown_again(site: Site) -> None:
    site.account.subscribe("A", "X")
    values = {"amounts": "£1,000\n 2500.50 \n", "budget": "3k", "shares-api_calls": ["0.75", "1"]}
    page = site.browser.follow(save(site, **values))
    assert "Your alerts are saved." in prose(page, ".notice")
    assert stored() == {
        ("amount", "", "1000.00"),
        ("amount", "", "2500.50"),
        ("budget", "", "3000.00"),
        ("included", "api_calls", "0.75"),
        ("included", "api_calls", "1"),
    }
    assert page.one("#amounts").get_text().split() == ["1000.00", "2500.50"]
    assert page.one("#budget")["value"] == "3000.00"
    assert [box["value"] for box in page.select("input[checked]")] == ["0.75", "1"]
    legend = page.text_of("legend")
    assert legend == "Tell me when this much of the 1,000 included API calls is used"
    assert page.texts("fieldset label") == ["75%", "90%", "100%"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"budget": "lots"}, "Budget for a period must be a number, such as 3,200"),
        ({"budget": "-1"}, "Budget for a period must be 0 or more"),
        (
            {"budget": "1.500"},
            "Budget for a period could be 1,500 or 1.5: type 1500 or 1.5",
        ),
        ({"budget": "€1000"}, "Budget for a period must be in GBP, such as £1,000"),
        (
            {"amounts": "800,900"},
            "800,900 could be one amount or 800 and 900: type 800900, or put each on its own line",
        ),
        ({"amounts": "1000,2000"}, "The amount 1000,2000 must be a number, such as 3,200"),
        ({"amounts": "1000\n12.345"}, "The amount 12.345 must have no more than 2 decimals"),
        (
            {"amounts": "1000\n750"},
            "The amount 750 must be more than £750.00, the fixed charges of a period",
        ),
        ({"amounts": "\n".join(map(str, range(1001, 1012)))}, "Enter 10 amounts or fewer"),
        ({"shares-api_calls": ["0.5"]}, "'0.5' is not a valid choice for this field."),
    ],
)
def test_what_cannot_be_an_alert_is_refused_in_words(
    site: Site, values: dict[str, str | list[str]], message: str
) -> None:
    site.account.subscribe("A", "X")
    page = save(site, status=422, **values)
    assert page.texts(".error-summary li") == [message]
    assert page.text_of("title").startswith("Error: ")
    for name, typed in values.items():
        if isinstance(typed, str):
            field = page.one(f"#{name}")
            kept = field.get_text() if field.name == "textarea" else field["value"]
            assert kept.strip() == typed
    assert stored() == set()


def test_amounts_may_stand_on_one_line(site: Site) -> None:
    site.account.subscribe("A", "X")
    save(site, amounts="1000, £2,000; GBP 3k\n4000 GBP")
    assert {Decimal(value) for _, _, value in stored()} == {1000, 2000, 3000, 4000}


def test_an_expired_form_keeps_what_was_typed(site: Site) -> None:
    site.account.subscribe("A", "X")
    form = site.read(ALERTS)
    g.pop("csrf_valid")  # What signing in left in the context that the tests share.
    page = site.browser.submit(form, status=400, budget="1000", csrf_token="old")
    assert "Nothing was changed" in prose(page, ".error-summary")
    assert page.one("#budget")["value"] == "1000"


def test_a_plan_without_usage_has_nothing_to_alert_of(site: Site) -> None:
    site.account.subscribe("A")
    page = site.read(ALERTS)
    assert "it is £500.00 excl. VAT for 1 to 30 November 2026" in prose(page)
    assert not page.select("main form")


def test_a_plan_that_ended_says_so(site: Site) -> None:
    site.account.subscribe("A", "X", end=date(2026, 11, 16))
    assert "Your plan has ended: nothing more is counted" in prose(site.read(ALERTS))


def test_usage_that_is_billed_later_is_not_called_free(site: Site) -> None:
    site.account.price("Q", like="X", billing_frequency="quarterly")
    site.account.subscribe("A", "Q", start=date(2026, 10, 1))
    assert "What you use is not on this bill, which is £500.00 excl. VAT" in prose(
        site.read(ALERTS)
    )


def test_looking_for_alerts_leaves_no_transaction_open(site: Site) -> None:
    site.account.subscribe("A", "X")
    db.session.commit()
    assert write_alert_mails() == (0, [])
    assert not db.session().in_transaction()


def test_who_has_not_confirmed_the_address_sets_none(visitor: Site) -> None:
    visitor.order(visitor.account.subscribe("A", "X"))
    db.session.commit()
    visitor.browser.get(ALERTS, status=403)


def test_the_mail_says_the_fact_first_and_how_to_end_it(site: Site) -> None:
    site.account.subscribe("A", "X")
    save(site, **{"shares-api_calls": ["0.9"]})
    site.account.use(905, at=NOON)
    (mail,) = mails(site)
    assert mail.subject == "905 of 1,000 included API calls used"
    assert mail.recipient == "ada@ashdown.example"
    assert mail.unsubscribe_url == "http://127.0.0.1:5000/account/alerts"
    for body in (mail.text, mail.html or ""):
        assert "£750.00" in body
        assert "£900.00 incl. VAT" in body
        assert "Your next API call costs: £0.00 excl. VAT" in body
        assert "90% of the included API calls" in body
        assert "http://127.0.0.1:5000/account/alerts" in body
    assert mails(site) == [mail]
    page = site.read(ALERTS)
    assert page.text_of("section:has(#reached) dt") == "90% of the included units"
    assert page.text_of("section:has(#reached) dd") == "23 November 2026, 18:40 GMT"


@pytest.mark.parametrize(
    ("now", "is_forecast"),
    [
        (datetime(2026, 11, 24, 11, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 12, tzinfo=UTC), False),
    ],
    ids=["usage came in within a day", "silent for a day"],
)
def test_the_mail_of_a_silent_feed_has_no_forecast(
    site: Site, now: datetime, *, is_forecast: bool
) -> None:
    site.account.subscribe("A", "X")
    save(site, amounts="1000")
    site.account.use_daily(100, date(2026, 11, 1), 23)
    site.app.config["NOW"] = now
    (mail,) = mails(site)
    for body in (mail.text, mail.html or ""):
        assert "£1,335.00" in body
        assert (
            "continues, the bill ends at" in body or "continue, the bill ends at" in body
        ) is is_forecast


def test_an_alert_chosen_anew_in_its_period_is_not_told_again(site: Site) -> None:
    site.account.subscribe("A", "X")
    save(site, amounts="800")
    site.account.use(1500, at=NOON)
    assert len(mails(site)) == 1
    save(site, amounts="")
    save(site, amounts="800")
    assert len(mails(site)) == 1


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"amounts": "1000"}, "£1,000.00 passed: your bill is £1,425.65 excl. VAT"),
        ({"budget": "1400"}, "Budget passed: your bill is £1,425.65 excl. VAT"),
    ],
)
def test_an_amounts_mail_says_what_the_bill_is(
    site: Site, values: dict[str, str], subject: str
) -> None:
    site.account.subscribe("A", "X")
    save(site, **values)
    site.account.use(2501, at=NOON)
    (mail,) = mails(site)
    assert mail.subject == subject
    assert len(mail.subject) <= 60


@pytest.mark.parametrize(
    ("calls", "subject", "conditions"),
    [
        (899, "899 of 1,000 included API calls used", 1),
        (900, "900 of 1,000 included API calls used", 2),
        (1000, "1,000 of 1,000 included API calls used", 3),
        (1001, "1,000 included API calls passed: 1,001 used", 3),
        (1555, "1,000 included API calls passed: 1,555 used", 3),
        (1556, "£1,000.00 passed: your bill is £1,000.20 excl. VAT", 4),
        (2499, "£1,000.00 passed: your bill is £1,424.55 excl. VAT", 4),
        (2500, "Budget reached: your bill is £1,425.00 excl. VAT", 5),
        (2501, "Budget passed: your bill is £1,425.65 excl. VAT", 5),
    ],
)
def test_what_is_reached_at_once_is_one_mail_headed_by_the_furthest(
    site: Site, calls: int, subject: str, conditions: int
) -> None:
    site.account.subscribe("A", "X")
    every_share = {"shares-api_calls": ["0.75", "0.9", "1"]}
    save(site, amounts="1000", budget="1425", **every_share)
    site.account.use(calls, at=NOON)
    (mail,) = mails(site)
    assert mail.subject == subject
    for listed in (mail.text.count("\n- "), (mail.html or "").count("<li>")):
        assert listed == (conditions if conditions > 1 else 0)
    assert mails(site) == [mail]


def test_a_budget_stands_beside_the_bill(site: Site) -> None:
    site.account.subscribe("A", "X")
    assert not site.read().select("#budget")
    save(site, budget="1000")
    for day in range(9, 23):
        site.account.use(100, at=datetime(2026, 11, day, 19, tzinfo=UTC))
    words = prose(site.read(), "section:has(#budget)")
    assert "£930.00 of £1,000.00 excl. VAT" in words
    assert "£70.00 left; if the last 14 days continue, the bill ends at about £1,250" in words
    assert "over your budget" in words
    site.account.use(1000)
    assert "This bill is £380.00 over your budget." in prose(site.read(), "section:has(#budget)")


def test_a_bill_that_cannot_be_worked_out_holds_up_no_other(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    account = site.account
    account.price("P", like="X")
    for prices in (("A", "P"), ("A", "X")):
        account.another()
        account.subscribe(*prices)
        choices = AlertChoices(amounts=(Money(80000, "GBP"),))
        choose_alerts(db.session(), account.customer, choices, account.read(), now=NOON)
        account.use(1500, at=NOON)
    db.session.get_one(Price, "P").structure = {"model": "graduated", "tiers": []}
    assert [mail.subject for mail in mails(site)] == [
        "£800.00 passed: your bill is £975.00 excl. VAT"
    ]
    assert "its alerts could not be checked" in caplog.text
