"""Another currency by pages: what ends and what follows is said, made once, and undone."""

from datetime import date

import pytest
from flask import Flask
from support.account_pages import prose
from support.changing import IN_ADVANCE, fixed
from support.pages import Browser
from support.plan_pages import PlanSite

from pricingsite.pricing import Trial
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.web.mails.endings import write_ending_mails

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def shop(app: Flask, browser: Browser) -> PlanSite:
    """A customer who has nothing yet; Scale may be paid in dollars."""
    site = PlanSite(app, browser).sign_in()
    with site.account() as account:
        account.price("A-usd", currency="USD", **IN_ADVANCE, **fixed("650"))
        account.price("X-usd", like="X", currency="USD")
        account.plan("scale", "A-usd", "X-usd", position=1, option="usd")
    return site


@pytest.fixture
def site(shop: PlanSite) -> PlanSite:
    """The customer on Scale in pounds, since 1 November."""
    shop.subscribe("A", "X", start=NOVEMBER)
    shop.on(date(2026, 11, 16))
    return shop


def test_another_currency_is_chosen_on_the_pricing_page_quoted_and_made(site: PlanSite) -> None:
    page = site.browser.follow(site.get("/checkout/scale?option=usd", status=303))
    said = prose(page)
    for words in (
        "It changes on 1 December 2026: what you have stays usable until then.",
        "Your subscription in GBP ends with its period: 30 November 2026 is its last day",
        "its last bill comes on 1 December 2026. A new one, in USD, begins on 1 December 2026",
        "keeps its figure and counts in USD from that day",
    ):
        assert words in said
    captions = page.texts("#confirm caption")
    assert [one.split(",")[0].strip() for one in captions] == [
        "Bill of 1 December 2026 in GBP",
        "Bill of 1 December 2026 in USD",
        "Bill of 1 January 2027 in USD",
    ]
    assert page.texts("#confirm .grand .num") == ["£900.00", "US$780.00", "US$1,080.00"]
    assert page.text_of("#confirm button") == "Change to Scale in USD with obligation to pay"
    made = site.confirm(page)
    assert (
        "Your subscription in GBP ends, and one in USD follows: Scale, from 1 December 2026. "
        "You can undo that until then."
    ) in prose(made)
    assert "made already" in prose(site.confirm(page))
    site.undo()
    site.confirm(page)
    site.on(DECEMBER)
    with site.app.app_context():
        write_ending_mails()
    assert site.get().text_of("h1") == "Your plan: Scale"
    assert "US$650.00" in prose(site.get("/account"))
    assert [one.subject for one in site.mails()] == [
        "Your plan changes to Scale in USD on 1 December 2026",
        "Your plan stays as it is",
        "Your plan changes to Scale in USD on 1 December 2026",
    ]
    for part in (site.mails()[0].text, site.mails()[0].html):
        assert "One in USD follows on 1 December 2026" in (part or "")


def test_a_pending_one_can_be_cancelled_by_who_has_it(site: PlanSite) -> None:
    page = site.quote("scale", option="usd")
    cancelling = site.get("/account/plan/cancel?confirm=1")
    site.confirm(page)
    told = site.browser.submit(cancelling, status=409)
    assert "something else of your plan has changed" in prose(told)
    assert "30 November 2026 is its last day" in prose(site.cancel())
    said = prose(site.quote("scale", option="usd"))
    assert "This change takes back the cancellation: your subscription goes on." in said


def test_in_a_trial_both_dates_are_offered_and_the_trial_goes_on(shop: PlanSite) -> None:
    trial = AgreedTerms(trial=Trial(14, continues=True))
    shop.subscribe("A", start=DECEMBER, terms=trial)
    shop.on(date(2026, 12, 5))
    page = shop.quote("scale", option="usd")
    assert len(page.texts("#confirm .choice")) == 2
    assert "14 December 2026 is its last day, as before." in prose(page)
    assert page.text_of("#confirm button").startswith("Change to Scale in USD")
    made = prose(shop.confirm(page))
    assert "You are on Scale from today." in made
    assert "Your trial runs up to and including 14 December 2026" in made
    assert shop.mails()[-1].subject == "Your plan is now Scale in USD"
    assert "US$0.00" in prose(shop.get("/account"))


def test_what_is_added_stays_added_in_the_other_currency(shop: PlanSite) -> None:
    with shop.account() as account:
        account.plan("duo", "A", "+X", position=20)
        account.plan("duo", "A-usd", "+X-usd", position=20, option="usd")
    shop.subscribe("A", "X", start=NOVEMBER)
    opened = shop.quote("duo")
    asked = shop.quote("duo", option="usd")
    chosen = shop.browser.submit(opened, "#choice", status=200, option="usd")
    for page in (asked, chosen):
        assert page.one("#choice [name='add_on.X-usd']").has_attr("checked")
