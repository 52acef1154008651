"""What is billed on the day of an order: pricing page, checkout, e-mail and account say the same.

Both shipped catalogs are walked through all four.
"""

from pathlib import Path

import pytest
from flask import Flask
from support.factories import AMARA, KELDER
from support.orders import TYPED, mails
from support.pages import Browser

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

# The one price in advance: €1,200.00 + 21 % VAT for a year, payable within 14 days.
DUE_TODAY = [
    (AMARA, "start", None),
    (AMARA, "scale", None),
    (KELDER, "reading-room", "€1,452.00"),
    (KELDER, "curators", "€1,452.00"),
    (KELDER, "institution", "€1,452.00"),
]
plans = pytest.mark.parametrize(
    ("catalog", "plan_id", "due"), DUE_TODAY, ids=[plan for _, plan, _ in DUE_TODAY]
)


def sell(app: Flask, catalog: Path) -> str:
    """Put a catalog on sale; the country of its merchant."""
    document = read_catalog(catalog.read_bytes())
    with app.app_context():
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()
    return document.merchant.country


@plans
def test_what_is_due_today_is_the_same_everywhere(
    app: Flask, browser: Browser, catalog: Path, plan_id: str, due: str | None
) -> None:
    country = sell(app, catalog)
    due_today = browser.get("/").text_of("dl > div:has(dt:-soup-contains('Due today')) dd")
    asked = browser.get(f"/plans/{plan_id}").text_of("#faq-billed")
    form = browser.get(f"/checkout/{plan_id}")
    shown = form.texts("dl > div:has(dt:-soup-contains('Due today')) dd")[0]
    answer = browser.submit(form, **TYPED | {"country": country})
    order = browser.follow(answer).text_of("main")
    (mail,) = mails(app)
    account = browser.get("/account").text_of("main")
    if due is None:
        assert due_today.startswith("Nothing.")
        assert "Nothing is due when you order" in asked
        assert shown == "£0.00"
        assert "Nothing is due today" in form.text_of("main")
        for said in (order, mail.text):
            assert "First bill 23 December 2026" in said.replace("bill:", "bill")
        assert "23 December" in account
        assert "Your first bill, made on" not in account
    else:
        assert f"{due} incl. VAT" in due_today
        assert f"{due} incl. VAT" in asked
        assert shown == f"{due} incl. VAT, payable by 7 December 2026"
        assert f"Due today: {due} incl. VAT" in form.text_of("aside")
        assert "Nothing is due today" not in form.text_of("main")
        for said in (order, mail.text):
            assert "First bill 23 November 2026" in said.replace("bill:", "bill")
            assert f"= {due} incl. VAT for a full year" in said
        assert "Your first bill, made on 23 November 2026 , is €1,200.00" in account
        assert f"{due} incl. VAT), for 23 November 2026 to 22 November 2027." in account
        assert "Payment is due by 7 December 2026" in account


@plans
def test_an_order_that_starts_later_is_billed_nothing_today(
    app: Flask, browser: Browser, catalog: Path, plan_id: str, due: str | None
) -> None:
    country = sell(app, catalog)
    typed = TYPED | {"country": country, "start": "1 December 2026"}
    form = browser.submit(browser.get(f"/checkout/{plan_id}"), status=422, **typed | {"name": ""})
    shown = form.texts("dl > div:has(dt:-soup-contains('Due today')) dd")[0]
    assert shown in {"£0.00", "€0.00"}
    first_day = "1 December" if due else "1 January"
    assert f"Billed on {first_day}" in form.text_of("aside")
    order = browser.follow(browser.submit(form, name=TYPED["name"])).text_of("main")
    assert f"First bill {first_day} 202" in order
    account = browser.get("/account")
    assert account.texts(".figures dd.figure")[-1] == first_day
    ends = "30 November 2027" if due else "31 December 2026"
    assert account.text_of("h1").endswith(ends)
    assert f"to {ends}" in order
    if due:
        assert f"€1,200.00 excl. VAT · {due} incl." in account.text_of(".figures")
