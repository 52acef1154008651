"""Ways to pay a plan, seats that are bought, and add-ons: from the pricing page to the account."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from support.factories import ROSTER
from support.orders import TYPED, rows
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.orders import Order
from pricingsite.models.schedules import PhasePrice
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

FORM = "/checkout/team"
AMERICAN = TYPED | {"country": "US"}


@pytest.fixture(autouse=True)
def _roster(app: Flask) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(ROSTER.read_bytes()), archive=False, now=app.config["NOW"])
        db.session.commit()


def card(page: Page, plan: str) -> str:
    return page.text_of(f"section:has(> #plan-{plan})")


def order(browser: Browser, path: str = FORM, **changes: str) -> Page:
    return browser.submit(browser.get(path), **(AMERICAN | changes))


def bought(app: Flask) -> dict[str, Decimal | None]:
    return {one.price_id: one.quantity for one in rows(app, PhasePrice)}


def test_the_pricing_page_shows_one_way_to_pay_and_links_to_the_others(browser: Browser) -> None:
    page = browser.get("/")
    assert "from US$24.00 a month, plus sales tax where it applies" in card(page, "team")
    assert "US$8.00 per seat a month, 3 to 200 seats" in card(page, "team")
    assert "Yearly: two months free" in card(page, "team")
    links = {a.text: a["href"] for a in page.select("nav[aria-label='Ways to pay'] a")}
    assert links == {"Yearly": "/?interval=yearly", "EUR": "/?currency=EUR"}
    assert page.texts("nav[aria-label='Ways to pay'] [aria-current]") == ["Monthly", "USD"]


def test_another_way_to_pay_is_on_every_card_that_has_it(browser: Browser) -> None:
    page = browser.get("/?interval=yearly&currency=EUR")
    assert "from €225.00 a year, plus sales tax where it applies" in card(page, "team")
    assert "€18.75 a month" in card(page, "team")
    # What costs nothing does so in every currency.
    assert "is sold" not in card(page, "free")
    choose = page.one("section:has(> #plan-team) .button")
    assert choose["href"] == "/checkout/team?option=yearly-eur"


@pytest.mark.parametrize("query", ["interval=daily", "currency=GBP", "interval=&currency=%00"])
def test_what_is_no_way_to_pay_is_the_usual_one(browser: Browser, query: str) -> None:
    assert "from US$24.00 a month" in card(browser.get(f"/?{query}"), "team")


def test_the_calculator_works_out_seats_in_any_way_to_pay(browser: Browser) -> None:
    page = browser.get("/calculator?quantity.seat-month=7")
    assert "US$56.00 a month" in page.text_of("section:has(> #quote-team)")
    yearly = browser.get("/calculator?quantity.seat-year=7&interval=yearly")
    assert "US$560.00 a year" in yearly.text_of("section:has(> #quote-team)")
    few = browser.get("/calculator?quantity.seat-month=1")
    assert "US$24.00 a month" in few.text_of("section:has(> #quote-team)")
    many = browser.get("/calculator?quantity.seat-month=201")
    assert not many.select("#quote-team")


def test_the_checkout_asks_what_the_plan_needs_and_shows_its_total(browser: Browser) -> None:
    page = browser.get(f"{FORM}?option=yearly&quantity.seat-year=7")
    assert page.texts("#choice ~ fieldset .choice label") == [
        "Monthly in USD",
        "Yearly in USD, two months free",
        "Monthly in EUR",
        "Yearly in EUR, two months free",
    ]
    assert page.one("#quantity-seat-year")["value"] == "7"
    main = page.text_of("main")
    assert "7 seats at US$80.00 per seat" in main
    assert "US$560.00 plus sales tax where it applies" in main
    assert not browser.get("/checkout/free").select("#choice")


def test_the_total_can_be_updated_before_ordering(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    changed = browser.submit(
        page,
        status=200,
        update="1",
        email="ada@",
        **{"option": "yearly", "quantity.seat-month": "9"},
    )
    assert changed.one("#quantity-seat-year")["value"] == "9"
    assert "US$720.00" in changed.text_of("main")
    assert changed.one("[name=email]")["value"] == "ada@"
    assert not changed.select(".error-summary")
    assert not rows(app, Order)


def test_nothing_is_ordered_that_was_not_shown(app: Flask, browser: Browser) -> None:
    page = browser.get(FORM)
    asked = browser.submit(page, status=422, **(AMERICAN | {"quantity.seat-month": "12"}))
    assert "What you order has changed since the total was shown" in asked.text_of(".error-summary")
    assert "US$96.00" in asked.text_of("main")
    assert not rows(app, Order)
    browser.submit(asked)
    assert bought(app) == {"seat-month": 12}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"quantity.seat-month": "2"}, "Seats must be 3 or more"),
        ({"quantity.seat-month": "201"}, "Seats must be 200 or fewer"),
        ({"quantity.seat-month": "4.5"}, "Seats must be a whole number"),
        ({"quantity.seat-month": "some"}, "Seats must be a number, such as 3,200"),
        ({"quantity.seat-month": ""}, "Seats must be a number, such as 3,200"),
        ({"add_on.site-month": "11"}, "More sites must be 10 or fewer"),
        ({"add_on.site-month": "-1"}, "More sites must be 0 or more"),
    ],
)
def test_what_cannot_be_bought_is_told_and_kept(
    app: Flask, browser: Browser, typed: dict[str, str], said: str
) -> None:
    page = browser.submit(browser.get(FORM), status=422, **(AMERICAN | typed))
    assert said in page.text_of(".error-summary")
    ((name, value),) = typed.items()
    assert page.one(f"[name='{name}']")["value"] == value
    assert not rows(app, Order)


def test_seats_and_add_ons_are_ordered_billed_and_shown(app: Flask, browser: Browser) -> None:
    query = "option=yearly&quantity.seat-year=7&add_on.site-year=2&add_on.texts=1"
    placed = order(browser, f"{FORM}?{query}")
    assert bought(app) == {"seat-year": 7, "site-year": 2, "texts": None}
    page = browser.get(placed.location)
    main = page.text_of("main")
    assert "7 seats at US$80.00 per seat, billed yearly, in advance" in main
    assert "2 sites at US$150.00 per site" in main
    assert "US$860.00 plus sales tax where it applies" in main
    account = browser.get("/account").text_of("main")
    assert "Team" in account


def test_a_retry_finds_the_order_with_its_seats(app: Flask, browser: Browser) -> None:
    page = browser.get(f"{FORM}?quantity.seat-month=5")
    first, second = browser.submit(page, **AMERICAN), browser.submit(page, **AMERICAN)
    assert first.location == second.location
    assert len(rows(app, Order)) == 1


def test_programs_read_every_way_to_pay(browser: Browser) -> None:
    _, team, _ = browser.client.get("/pricing.json").json["plans"]
    assert [one["id"] for one in team["options"]] == [
        "monthly",
        "yearly",
        "monthly-eur",
        "yearly-eur",
    ]
    (seat,) = team["options"][1]["prices"]
    keys = ("id", "per", "minimum_quantity", "maximum_quantity")
    assert [seat[key] for key in keys] == ["seat-year", "seat", "3", "200"]
    assert team["options"][1]["note"] == "two months free"
    add_ons: list[dict[str, Any]] = team["options"][0]["add_ons"]
    assert [one["price"]["id"] for one in add_ons] == ["site-month", "texts"]
    assert add_ons[0]["maximum_quantity"] == "10"
