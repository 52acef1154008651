"""The page of the plan: what there is, what is pending, and other plans on one's own months."""

from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

import pytest
from flask import Flask
from sqlalchemy import update
from support.account_pages import prose, summary
from support.changing import IN_ADVANCE, fixed
from support.pages import Browser
from support.plan_pages import PlanSite

from pricingsite.models.access import Membership, Role
from pricingsite.models.catalog import Plan, Price
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.web.mails.endings import write_ending_mails


class Queries(Protocol):
    def __call__(self, *, at_most: int) -> AbstractContextManager[list[str]]: ...


JUNE, SEPTEMBER, OCTOBER, NOVEMBER = (date(2026, month, 1) for month in (6, 9, 10, 11))


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
on_both = pytest.mark.parametrize("database_url", BOTH, indirect=True)


@pytest.fixture
def site(app: Flask, browser: Browser) -> PlanSite:
    return PlanSite(app, browser).sign_in()


def test_the_plan_says_what_there_is_and_since_when(site: PlanSite) -> None:
    site.subscribe("A", "X", start=JUNE)
    page = site.get()
    assert page.text_of("h1") == "Your plan: Scale"
    said = summary(page)
    assert said["Products"] == "Platform access, AI add-on"
    assert said["Platform access"] == "£500.00, billed monthly, in arrears, excl. VAT"
    assert said["Since"] == "1 June 2026"
    assert page.text_of("nav a[aria-current]") == "Plan"


@on_both
def test_another_plan_is_priced_on_ones_own_months(site: PlanSite) -> None:
    site.subscribe("A", "X", start=SEPTEMBER)
    site.on(date(2026, 10, 20)).use(1001)
    page = site.on(date(2026, 11, 5)).get()
    assert (
        "On Start you would have paid £500.00 excl. VAT in October 2026, £250.45 less. "
        "Over your last 2 months: £1,000.00, £500.45 less. You would lose AI add-on; "
        "your 1,001 API calls of that month would not be covered."
    ) in prose(page)
    assert page.texts("main details tbody tr") == [
        "October 2026 1,001 API calls £750.45 £500.00 £250.45 less",
        "September 2026 £750.00 £500.00 £250.00 less",
    ]


@on_both
def test_an_upgrade_is_quoted_confirmed_and_made_once(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    page = site.on(date(2026, 11, 16)).get()
    page = site.get(page.one("[aria-labelledby=plan-scale] .actions a")["href"])
    assert page.text_of("h1") == "Change to Scale"
    told = site.confirm(page, when="now").text_of(".notice")
    assert told == "Your plan is changed. You are on Scale from today."
    assert "made already" in site.confirm(page, when="now").text_of(".notice")


@on_both
def test_a_downgrade_waits_and_can_be_undone(site: PlanSite) -> None:
    site.subscribe("A", "X", start=NOVEMBER)
    page = site.confirm(site.quote("start"))
    assert "Your plan changes to Start on 1 December 2026." in prose(page)
    assert "The change is undone." in prose(site.undo())


@on_both
def test_cancelling_takes_two_pages(site: PlanSite) -> None:
    site.subscribe("A", "X", start=NOVEMBER)
    page = site.browser.submit(site.get("/account/plan/cancel"), status=200)
    assert page.text_of("main button") == "Cancel subscription on 30 November 2026"
    page = site.browser.follow(site.browser.submit(page))
    assert "30 November 2026 is its last day" in prose(page)
    site.on(date(2026, 12, 1))
    page = site.browser.follow(site.get("/account/plan/change?plan=scale", status=303))
    assert site.confirm(page).text_of("h1") == "Your plan: Scale"


def test_each_step_is_told_by_e_mail_to_both_sides(site: PlanSite) -> None:
    site.subscribe("A", "X", start=NOVEMBER)
    site.confirm(site.quote("start"))
    site.undo()
    site.cancel()
    site.on(date(2026, 12, 1))
    with site.app.app_context():
        write_ending_mails()
        write_ending_mails()
    page = site.browser.follow(site.get("/account/plan/change?plan=scale", status=303))
    site.confirm(page)
    assert [one.subject for one in site.mails()] == [
        "Your plan changes to Start on 1 December 2026",
        "Your plan stays as it is",
        "Cancelled: 30 November 2026 is the last day",
        "Your subscription has ended",
        "You are subscribed to Scale again",
    ]
    told = [one.text.splitlines()[0] for one in site.mails("billing@amara.example")]
    assert told == [
        "Ashdown Ltd changes to Start on 1 December 2026.",
        "Ashdown Ltd undid the change of 1 December 2026.",
        "Ashdown Ltd cancelled: 30 November 2026 is its last day.",
        "Ashdown Ltd ended: 30 November 2026 was its last day.",
        "Ashdown Ltd subscribed again, to Scale.",
    ]


def test_the_e_mail_of_a_change_has_the_money_of_its_quote(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    site.on(date(2026, 11, 16))
    site.confirm(site.quote("scale"), when="now")
    mail = site.mails()[0]
    for text in (
        "Begins on 16 November 2026: AI add-on",
        "Kept: Platform access",
        "Bill of 1 December 2026: £750.00 + VAT £150.00 = £900.00 incl. VAT, at your usage so far",
    ):
        assert text in mail.text
    assert "£750.00 + VAT £150.00 = £900.00" in (mail.html or "")


def test_who_is_signed_in_and_chooses_a_plan_changes_its_own(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    page = site.get("/checkout/scale?add_on.Z=1", status=303)
    assert page.location == "/account/plan/change?plan=scale&add_on.Z=1"
    page = site.browser.follow(page)
    second = site.get(page.one("main a[href*=checkout]")["href"])
    assert "This is a second subscription." in prose(second)
    assert "second=1" in second.one("main form")["action"]


@on_both
def test_a_quote_whose_money_has_changed_shows_both_and_is_accepted(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    page = site.on(date(2026, 11, 16)).quote("scale")
    site.on(date(2026, 11, 17))
    told = site.browser.submit(page, "#confirm", when="now", status=409)
    assert told.text_of("h1") == "Something changed before you confirmed"
    before, now = told.texts(".summary dd")
    assert before.startswith("Takes effect on 16 November 2026 1 December 2026: at least £750.00")
    assert now.startswith("Takes effect on 17 November 2026 1 December 2026: at least £750.00")
    page = site.browser.follow(site.browser.submit(told))
    assert page.text_of(".notice") == "Your plan is changed. You are on Scale from today."


def test_usage_in_the_meantime_changes_no_quote(site: PlanSite) -> None:
    site.subscribe("A", "X", start=NOVEMBER)
    page = site.on(date(2026, 11, 16)).quote("start")
    site.use(5000)
    assert "Your plan changes to Start" in prose(site.confirm(page))


def test_of_two_browsers_the_second_sees_what_has_changed(site: PlanSite) -> None:
    site.subscribe("A", "X", start=NOVEMBER)
    page, cancelling = site.quote("start"), site.get("/account/plan/cancel?confirm=1")
    site.confirm(page)
    told = site.browser.submit(cancelling, status=409)
    assert "something else of your plan has changed" in prose(told)
    undoing = site.get()
    site.cancel()
    page = site.browser.follow(site.browser.submit(undoing, "main form[action$=undo]"))
    assert "Nothing was undone" in prose(page)
    assert "Your subscription is cancelled" in prose(page)


def test_what_is_wrong_is_told_and_what_was_typed_kept(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    page = site.quote("start")
    assert page.texts(".error-summary li") == [
        "This is what you have already. Choose something else."
    ]
    assert not page.select("#confirm")
    assert site.get("/account/plan/change?plan=nothing", status=404)
    assert site.get("/account/plan/change", status=303).location == "/account/plan"


def test_a_cancellation_names_what_is_owed_and_the_last_bill(site: PlanSite) -> None:
    site.subscribe("A", start=OCTOBER)
    site.bill(NOVEMBER)
    said = summary(site.get("/account/plan/cancel"))
    assert said["Still owed"] == "INV-000001: £600.00, due 1 December 2026"
    assert said["Bills to come"] == (
        "1 December 2026: £500.00 + VAT £100.00 = £600.00 incl. VAT. "
        "The last bill comes on 1 December 2026."
    )
    assert "until 30 December 2026 at least" in said["Your data"]


def test_before_its_start_a_plan_is_cancelled_for_nothing_and_brought_back(site: PlanSite) -> None:
    site.subscribe("A", start=date(2026, 12, 1))
    site.on(NOVEMBER)
    page = site.cancel()
    assert page.text_of("h1") == "Start is cancelled"
    assert "It starts on 1 December 2026" in prose(site.undo())


def test_the_pages_are_light_and_read_little(site: PlanSite, queries: Queries) -> None:
    site.subscribe("A", "X", start=date(2025, 9, 1))
    for month in range(1, 11):
        site.on(date(2026, month, 20)).use(1200)
    site.on(date(2026, 11, 16)).get()
    for path, most in (
        ("/account/plan", 12),
        ("/account/plan/change?plan=start", 16),
        ("/account/plan/cancel", 16),
    ):
        with queries(at_most=most):
            page = site.browser.client.get(path)
        assert page.status_code == 200
        assert len(page.data) < 40_000


def test_a_viewer_reads_what_is_pending_and_is_not_told_to_undo_it(site: PlanSite) -> None:
    site.subscribe("A", "X", start=NOVEMBER)
    site.confirm(site.quote("start"))
    said = "Your plan changes to Start on 1 December 2026."
    assert f"{said} You can undo that until then." in prose(site.get())
    with site.account() as account:
        account.session.execute(update(Membership).values(role=Role.VIEWER))
    page = site.get()
    assert said in prose(page)
    assert "undo" not in prose(page)
    assert page.select("main form[action$=undo]") == []


def test_options_are_opened_without_an_error(site: PlanSite) -> None:
    with site.account() as account:
        account.price("seat", per="seat", per_plural="seats")
        account.plan("team", "seat", position=20)
    site.subscribe("seat", start=NOVEMBER)
    opened = site.quote("team")
    assert opened.text_of("h1") == "Change Team"
    assert "This is what you have. Choose what you want instead" in prose(opened)
    assert opened.select(".error-summary, #confirm") == []
    updated = site.quote("team", when="")
    assert updated.texts(".error-summary li") == [
        "This is what you have already. Choose something else."
    ]


def test_a_plan_that_is_not_sold_any_more_is_changed_within_it(site: PlanSite) -> None:
    with site.account() as account:
        account.price("seat", per="seat", per_plural="seats", **fixed("10"))
        account.price("yearly", billing_frequency="yearly", **fixed("100"))
        account.product("backup")
        account.price("backup", product_id="backup", **fixed("30"))
        account.plan("team", "seat", "+backup", position=20)
        account.plan("team", "yearly", position=20, option="year")
    site.subscribe("seat", start=NOVEMBER)
    with site.account() as account:
        for row in (Plan, Price):
            account.session.execute(update(row).values(archived_at=site.now))
    page = site.get()
    opened = site.get(page.one("a[href*='change?plan=team']")["href"])
    assert opened.select("main [type=radio]") == []
    assert opened.select("main a[href*=checkout]") == []
    added = site.quote("team", **{"quantity.seat": "3", "add_on.backup": "1", "when": ""})
    told = prose(site.confirm(added, when="now"))
    assert "Your Team plan is changed from today: seat, 3 seats; backup." in told
    fewer = site.quote("team", **{"quantity.seat": "1", "when": ""})
    assert "Your plan changes on 1 December 2026" in prose(site.confirm(fewer))
    with site.account() as account, pytest.raises(ChangeError, match="Team is no longer sold"):
        account.choices("team", option_id="year")
    assert site.quote("scale").texts(".error-summary li") == [
        "This plan is not on sale. Choose another one."
    ]


def test_seats_and_the_way_to_pay_are_chosen_in_a_form(site: PlanSite) -> None:
    with site.account() as account:
        account.price("seat", per="seat", per_plural="seats", **fixed("10"))
        yearly = {"billing_frequency": "yearly", **IN_ADVANCE, **fixed("100")}
        account.price("seat-year", per="seat", per_plural="seats", **yearly)
        account.plan("team", "seat", position=20, option="month")
        account.plan("team", "seat-year", position=20, option="year")
    site.subscribe("seat", start=NOVEMBER)
    site.on(date(2026, 11, 16))
    opened = site.quote("team")
    quoted = site.browser.submit(opened, "#choice", status=200, **{"quantity.seat": "4"})
    # One for the month, and 3 more for 15 of its 30 days.
    assert quoted.texts("#confirm .total .num")[0] == "£25.00"
    wrong = site.browser.submit(opened, "#choice", status=200, **{"quantity.seat": "0"})
    assert wrong.texts(".error-summary li") == ["Seats must be 1 or more"]
    told = prose(site.confirm(quoted, when="now"))
    assert "Your Team plan is changed from today: seat, 4 seats." in told
    mail = site.mails()[-1]
    assert mail.subject == "Your Team plan has changed"
    for part in (mail.text, mail.html or ""):
        assert "plan changes from today, 16 November 2026." in part
    (notice,) = site.mails("billing@amara.example")
    assert "changed within Team today" in notice.text
    yearly_now = site.browser.submit(site.quote("team"), "#choice", status=200, option="year")
    assert yearly_now.one("#choice [name='quantity.seat-year']")["value"] == "4"
    assert "end, 1 December 2026" in yearly_now.text_of("#when-period_end ~ label")
    assert "£400.00" in yearly_now.texts("#confirm .total .num")


def test_who_leaves_for_another_provider_leaves_earlier_in_the_eu(site: PlanSite) -> None:
    with site.account() as account:
        account.price("yearly", billing_frequency="yearly", **IN_ADVANCE, **fixed("365"))
        account.customer.country = "IE"
    site.subscribe("yearly", start=NOVEMBER)
    site.bill(NOVEMBER)
    page = site.get("/account/plan/cancel")
    assert "ends earlier: 31 December 2026 is its last day" in prose(page)
    page = site.get(page.one("#switch ~ p a")["href"])
    assert "You switch to another provider" in prose(page)
    confirming = site.browser.submit(page, status=200)
    button = confirming.text_of("main form button")
    assert button == "Cancel subscription on 31 December 2026"
    assert "31 December 2026 is its last day" in prose(
        site.browser.follow(site.browser.submit(confirming))
    )


def test_a_viewer_changes_nothing(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    quoted, cancelling = site.quote("scale"), site.get("/account/plan/cancel?confirm=1")
    with site.account() as account:
        account.session.execute(update(Membership).values(role=Role.VIEWER))
    assert site.quote("scale").text_of("h1") == "Change to Scale"
    for page, form in ((quoted, "#confirm"), (cancelling, "main form")):
        refused = site.browser.submit(page, form, status=403)
        assert "billing admin" in prose(refused)
    sent = {"csrf_token": quoted.one("#confirm [name=csrf_token]")["value"]}
    refused = site.browser.post("/account/plan/undo", sent, status=403)
    assert "billing admin" in prose(refused)
    assert "is pending" not in prose(site.get())


def test_subscribing_again_at_other_money_shows_both_and_is_accepted(site: PlanSite) -> None:
    site.subscribe("A", start=NOVEMBER)
    site.cancel()
    site.on(date(2026, 12, 1))
    page = site.get("/account/plan/subscribe?plan=start")
    site.on(date(2026, 12, 2))
    told = site.browser.submit(page, "#confirm", status=409)
    assert told.text_of("h1") == "Something changed before you confirmed"
    before, after = told.texts(".summary dd")
    assert before.startswith("1 January 2027: £500.00")
    assert after.startswith("2 January 2027: £500.00")
    assert "You are subscribed to Start" in prose(site.browser.follow(site.browser.submit(told)))
