"""A stored schedule that cannot be billed: its customer alone is told so, wherever it looks."""

from collections.abc import Callable
from datetime import date

import pytest
from support.account_pages import Site, prose
from support.programs import Program, make_key

from pricingsite.database import db
from pricingsite.models.catalog import Price
from pricingsite.models.schedules import BillingSchedule
from pricingsite.web import sweeps

PAGES = ("/account", "/account/usage", "/account/usage.csv", "/account/alerts")
WHY = "Your usage is still counted, and nothing is lost."


def _starts_too_late(schedule: BillingSchedule) -> None:
    schedule.start_date = schedule.anchor_date = date(9999, 12, 15)
    schedule.phases[0].start_date = schedule.start_date


def _has_a_price_that_is_none(_schedule: BillingSchedule) -> None:
    db.session.get_one(Price, "X").structure = {"model": "none"}


def _has_no_zone(schedule: BillingSchedule) -> None:
    schedule.timezone = "Mars/Olympus"


def _has_no_price(schedule: BillingSchedule) -> None:
    for phase_price in schedule.phases[0].phase_prices:
        db.session.delete(phase_price)


def _has_another_currency(schedule: BillingSchedule) -> None:
    schedule.currency = "EUR"


@pytest.fixture(autouse=True)
def _nothing_logged_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "_logged", set())


@pytest.mark.parametrize(
    "broken",
    [
        _starts_too_late,
        _has_a_price_that_is_none,
        _has_no_zone,
        _has_no_price,
        _has_another_currency,
    ],
)
def test_every_page_of_a_bill_says_that_it_cannot_be_shown(
    site: Site, broken: Callable[[BillingSchedule], None], caplog: pytest.LogCaptureFixture
) -> None:
    schedule = site.account.subscribe("A", "X")
    customer_id = site.account.customer.id
    broken(schedule)
    db.session.commit()
    db.session.expire_all()
    for path in PAGES:
        page = site.browser.get(path, status=409)
        assert page.text_of("h1") == "Your bill cannot be shown"
        assert WHY in prose(page)
        assert "Write to billing@amara.example" in prose(page)
    logged = [record for record in caplog.records if "cannot be worked out" in record.message]
    assert len(logged) == 1
    assert logged[0].message.startswith(f"{customer_id}: its bill cannot be worked out: ")
    assert logged[0].exc_info


def test_a_program_reads_it_as_a_problem_and_everybody_else_s_bill_as_ever(site: Site) -> None:
    _starts_too_late(site.account.subscribe("A", "X"))
    broken_id = site.account.customer.id
    site.account.another()
    site.account.subscribe("A", "X")
    db.session.commit()
    program = Program(site.app, make_key(site.app, "estimates:read", "events:write"))
    answer = program.get(f"/api/v1/estimates/{broken_id}")
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.json is not None
    assert answer.json["type"].endswith("/api/v1#unbillable")
    assert broken_id in answer.json["detail"]
    assert program.get(f"/api/v1/estimates/{site.account.customer.id}").status_code == 200


def test_so_does_the_page_of_its_order(site: Site) -> None:
    schedule = site.account.subscribe("A", "X")
    site.order(schedule)
    db.session.commit()
    site.browser.get("/orders/7K3M9-QX2P0")
    _starts_too_late(schedule)
    db.session.commit()
    page = site.browser.get("/orders/7K3M9-QX2P0", status=409)
    assert page.text_of("h1") == "Your bill cannot be shown"
