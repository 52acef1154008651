"""A company in the United States: sales tax, features, a free plan, and one to talk about."""

import json

import pytest
from flask import Flask
from support.factories import APPLIED_AT, FERN, fern_with
from support.orders import TYPED, mails, rows
from support.pages import Browser, Page, squeeze

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

AMERICAN = TYPED | {"country": "US"}
USAGE_WORDS = ("usage", "running bill", "metered", "per unit")


def apply_file(app: Flask, toml: bytes) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(toml), archive=False, now=APPLIED_AT)
        db.session.commit()


@pytest.fixture(autouse=True)
def _fern(app: Flask) -> None:
    apply_file(app, FERN.read_bytes())


def ordered(browser: Browser, plan: str) -> tuple[Page, Page, Page]:
    """The form of a plan, the page of its order, and the account then."""
    form = browser.get(f"/checkout/{plan}")
    order = browser.follow(browser.submit(form, **AMERICAN))
    return form, order, browser.get("/account")


def matrix(page: Page) -> dict[str, list[str]]:
    """The table that compares plans, each row by its name."""
    found = page.select("table:has(#comparison) tbody tr:not(.group)")
    return {
        squeeze(row.th.contents[0]): [squeeze(cell.get_text(" ")) for cell in row.select("td")]
        for row in found
        if row.th
    }


def test_no_page_speaks_of_a_tax_that_is_not_known(app: Flask, browser: Browser) -> None:
    form, order, account = ordered(browser, "team")
    pages = [browser.get(path) for path in ("/", "/plans/team", "/calculator", "/pricing/history")]
    mail = mails(app)[0]
    said = [page.get_text(" ") for page in (*pages, form, order, account)]
    for text in (*said, mail.text, mail.html, browser.client.get("/pricing.md").text):
        for untrue in ("VAT", "incl.", "0%", "+ sales tax"):
            assert untrue not in text
    assert "US$48.00 a month, plus sales tax where it applies" in pages[0].text_of("main")
    assert pages[0].texts("section:has(> #plan-team) .price-note") == []
    first = "US$48.00 plus sales tax where it applies for a full month"
    assert first in order.text_of("main")
    assert first in mail.text
    assert "Due today: US$48.00 excl. sales tax, payable by 23 December 2026" in form.text_of(
        "aside"
    )
    assert account.texts("tfoot th") == ["Total excl. sales tax"]


def test_bills_for_programs_have_no_rate(browser: Browser) -> None:
    ordered(browser, "team")
    bill = browser.client.get("/account", headers={"Accept": "application/json"}).json
    assert (bill["net"], bill["tax"], bill["gross"]) == ("48.00", "0.00", "48.00")
    assert [line["tax_rate"] for line in bill["lines"]] == [None]
    document = browser.client.get("/pricing.json").json
    assert document["tax"] == {"name": "sales tax", "shown": "excluded"}
    assert [plan["vat_rate"] for plan in document["plans"]] == [None, None, None]


def test_nobody_is_asked_for_a_number_that_its_country_does_not_have(
    app: Flask, browser: Browser
) -> None:
    assert not browser.get("/checkout/team").select("[name=tax_id]")
    assert "VAT number" not in browser.get("/privacy").text_of("main")
    apply_file(app, fern_with(('sells_to = ["US"]', 'sells_to = ["US", "DE"]')))
    assert browser.get("/checkout/team").select("[name=tax_id]")


def test_plans_are_compared_in_groups(browser: Browser) -> None:
    page = browser.get("/")
    assert page.texts("tr.group th") == ["Security", "Help", "Limits"]
    found = matrix(page)
    assert found["Boards"] == ["3", "As many as you like", "By agreement"]
    assert found["Guests"] == ["No limit", "20", "By agreement"]
    assert found["Single sign-on"] == ["Not included", "Not included", "Included"]
    assert found["Support"] == ["Community", "E-mail, one working day", "By agreement"]
    assert found["Exports"] == ["10", "No limit", "By agreement"]
    assert "SAML and OpenID Connect" in page.text_of("table:has(#comparison)")


def test_limits_of_one_unit_are_told_apart_by_their_metrics_names(
    app: Flask, browser: Browser
) -> None:
    metric = '[[metrics]]\nid = "{0}"\nname = "{1}"\nevent_type = "{0}"\naggregation = "count"\n'
    lists, cards = (
        metric.format(*of) + 'unit = "export"\n' for of in [("l", "Lists"), ("c", "Card exports")]
    )
    features = '[[features]]\nid = "boards"'
    limits = ('exports = "10"', 'exports = "10", l = "4", c = "7"')
    apply_file(app, fern_with((features, lists + cards + features), limits))
    rows = matrix(browser.get("/"))
    assert [rows[name][0] for name in ("Exports", "Lists (exports)", "Card exports")] == [
        "10",
        "4",
        "7",
    ]


def test_a_plan_in_detail_says_its_own_values(browser: Browser) -> None:
    page = browser.get("/plans/team")
    section = page.one("section:has(> #included)")
    assert [heading.get_text() for heading in section.select("h3")] == [
        "Security",
        "Help",
        "Limits",
    ]
    text = page.text_of("section:has(> #included)")
    assert "Guests People who read, and do not edit. 20" in text
    assert "Support E-mail, one working day" in text


def test_only_the_recommended_plan_has_a_filled_button(app: Flask, browser: Browser) -> None:
    page = browser.get("/")
    filled = page.texts("a.button:not(.secondary)")
    assert filled == ["Choose Team"]
    assert page.text_of("section:has(> #plan-team) .why") == "Most teams start here."
    apply_file(app, fern_with(('recommended = "Most teams start here."\n', "")))
    page = browser.get("/")
    assert not page.select("a.button:not(.secondary), .why")
    assert len(page.select(".plan a.button")) == 3


def test_a_plan_to_talk_about_has_no_price_and_stands_in_its_place(
    app: Flask, browser: Browser
) -> None:
    page = browser.get("/")
    assert page.texts(".plan h2") == ["Solo", "Team", "Enterprise"]
    assert page.text_of("section:has(> #plan-enterprise) .price") == "Talk to us"
    link = page.one("section:has(> #plan-enterprise) a.button")
    assert (link["href"], link.get_text()) == (
        "mailto:sales@fern.example",
        "Talk to us about Enterprise",
    )
    detail = browser.get("/plans/enterprise")
    assert "US$" not in detail.text_of("main")
    assert detail.texts("a.button") == ["Talk to us about Enterprise"]
    assert not page.select("a[href='/checkout/enterprise']")
    apply_file(app, fern_with(("sales@fern.example", "https://fern.example/talk")))
    assert browser.get("/").one("section:has(> #plan-enterprise) a.button")["href"] == (
        "https://fern.example/talk"
    )


def test_a_plan_to_talk_about_cannot_be_ordered(app: Flask, browser: Browser) -> None:
    page = browser.get("/checkout/enterprise", status=410)
    assert page.text_of("h1") == "Talk to us about Enterprise"
    assert "Nothing was ordered." in page.text_of("main")
    assert {link["href"] for link in page.select("main li a")} == {"/plans/solo", "/plans/team"}
    assert browser.client.post("/checkout/enterprise", data=AMERICAN).status_code == 410
    assert rows(app, Order) == []


def test_an_order_of_a_plan_that_is_now_talked_about_is_asked_again(
    app: Flask, browser: Browser
) -> None:
    form = browser.get("/checkout/team")
    apply_file(app, fern_with(('prices = ["team"]', 'contact = "sales@fern.example"')))
    page = browser.submit(form, status=410, **AMERICAN)
    assert page.text_of("h1") == "Talk to us about Team"
    assert rows(app, Order) == []


def test_who_ordered_a_plan_before_it_was_talked_about_keeps_it(
    app: Flask, browser: Browser
) -> None:
    form = browser.get("/checkout/team")
    order = browser.submit(form, **AMERICAN)
    apply_file(app, fern_with(('prices = ["team"]', 'contact = "sales@fern.example"')))
    assert "Plan Team" in browser.follow(order).text_of("main")
    assert browser.submit(form, **AMERICAN).location == order.location
    assert "Team: Fern" in browser.get("/account").text_of(".eyebrow")


def test_programs_are_told_of_every_plan(browser: Browser) -> None:
    document = browser.client.get("/pricing.json").json
    assert [feature["id"] for feature in document["features"]] == [
        "boards", "guests", "sso", "support",
    ]  # fmt: skip
    solo, team, enterprise = document["plans"]
    assert (solo["free"], solo["limits"]) == (True, {"boards": "3", "exports": "10"})
    assert team["values"]["boards"] == "As many as you like"
    assert (team["recommended"], team["contact"]) == ("Most teams start here.", None)
    assert enterprise.keys() == team.keys()
    assert (enterprise["contact"], enterprise["prices"]) == ("sales@fern.example", [])
    markdown = browser.client.get("/pricing.md").text
    assert "Priced by agreement. Talk to us: sales@fern.example" in markdown
    assert "| Guests | No limit | 20 | By agreement |" in markdown
    assert "Priced by agreement: sales@fern.example" in browser.client.get("/llms.txt").text
    script = browser.get("/").one("script[type='application/ld+json']").string or ""
    assert [product["name"] for product in json.loads(script)["@graph"]] == [
        "Fern Solo",
        "Fern Team",
    ]
    assert "/plans/enterprise" in browser.client.get("/sitemap.xml").text
    asked = {"Accept": "application/json"}
    found = browser.client.get("/calculator", headers=asked).json
    assert [plan["id"] for plan in found["plans"]] == ["solo", "team"]


def test_a_free_plan_has_words_of_its_own(app: Flask, browser: Browser) -> None:
    form, order, account = ordered(browser, "solo")
    card = browser.get("/").text_of("section:has(> #plan-solo)")
    assert "Free Nothing to pay, and no invoice" in card
    assert "Start with Solo" in card
    assert form.texts("main form button") == ["Start for free"]
    assert form.text_of("h1") == "Sign up for Solo"
    assert order.text_of("h1") == "Sign-up complete"
    assert account.text_of("h1") == "Solo is free"
    assert "To pay Nothing." in account.text_of("main")
    mail = next(mail for mail in mails(app))
    assert mail.subject == "Solo: confirm your address"
    said = [page.text_of("main") for page in (form, order, browser.get("/plans/solo"))]
    # Below, the account says what other plans cost.
    said.append(account.text_of("main dl"))
    for text in (card, mail.text, mail.html, *said):
        for untrue in ("US$", "with obligation", "sales tax", "First bill", "Billed", "payable"):
            assert untrue not in text


def test_a_plan_without_usage_shows_no_usage_words(app: Flask, browser: Browser) -> None:
    for plan in ("solo", "team"):
        form, order, account = ordered(browser, plan)
        detail = browser.get(f"/plans/{plan}")
        said = [page.text_of("main") for page in (form, order, account, detail)]
        for text in (*said, mails(app)[-1].text):
            for word in USAGE_WORDS:
                assert word not in text.lower(), f"{plan}: {word}"
    for path in ("/", "/calculator"):
        assert "usage" not in browser.get(path).text_of("main").lower()


def test_a_file_of_plans_to_talk_about_alone_has_its_pages(app: Flask, browser: Browser) -> None:
    talk = 'contact = "sales@fern.example"'
    toml = fern_with(('prices = ["solo"]', talk), ('prices = ["team"]', talk))
    apply_file(app, toml)
    assert browser.get("/").texts(".plan .price") == ["Talk to us"] * 3
    for path in ("/plans/solo", "/calculator", "/pricing/history"):
        browser.get(path)
    for path in ("/pricing.json", "/pricing.md", "/llms.txt", "/sitemap.xml"):
        assert browser.client.get(path).status_code == 200
