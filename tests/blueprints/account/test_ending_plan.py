"""A plan that the merchant ends: until then it may be changed, and nothing begins after it."""

from datetime import date

import pytest
from flask import Flask
from support.account_pages import prose
from support.pages import Browser
from support.plan_pages import PlanSite

JUNE, MID_OCTOBER, NOVEMBER = date(2026, 6, 1), date(2026, 10, 16), date(2026, 11, 1)


@pytest.fixture
def site(app: Flask, browser: Browser) -> PlanSite:
    """A member, signed in."""
    return PlanSite(app, browser).sign_in()


def end_with_october(site: PlanSite, *price_ids: str) -> None:
    site.subscribe(*price_ids, start=JUNE)
    site.on(MID_OCTOBER)
    with site.account() as account:
        account.end(NOVEMBER)


def test_what_is_dearer_is_had_now_alone(site: PlanSite) -> None:
    end_with_october(site, "A")
    page = site.quote("scale")
    assert [one["value"] for one in page.select("input[name=when]")] == ["now"]
    assert "It changes on 16 October 2026." in prose(page)
    assert site.confirm(page).text_of("h1") == "Your plan: Scale"


def test_what_is_cheaper_would_never_begin(site: PlanSite) -> None:
    end_with_october(site, "A", "X")
    page = site.quote("start")
    assert "Your plan ends: 31 October 2026 is its last day. Nothing can begin after it." in prose(
        page
    )
    assert page.select("input[name=when]") == []
