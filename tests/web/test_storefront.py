"""What is for sale is read once, and again for each new catalog and each new day."""

from datetime import UTC, datetime

from conftest import Clock
from flask import Flask
from support.factories import amara_announcing, amara_with

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.plans.as_sold import Storefront
from pricingsite.web.storefront import current_plan, current_storefront


def sell(app: Flask, clock: Clock, toml: bytes, *, archive: bool = False) -> None:
    with app.app_context():
        apply(db.session(), read_catalog(toml), archive=archive, now=clock.now)
        db.session.commit()


def storefront(app: Flask) -> Storefront:
    with app.test_request_context():
        return current_storefront()


def headlines(app: Flask) -> list[str]:
    return [str(offer.headline.bill.net) for offer in storefront(app).offers]


def test_it_is_kept_while_the_catalog_is_the_same(app: Flask, clock: Clock) -> None:
    sell(app, clock, amara_announcing())
    first = storefront(app)
    sell(app, clock, amara_announcing())
    assert storefront(app) is first
    sell(app, clock, amara_announcing(("Platform access", "Access")))
    assert storefront(app) is not first
    assert storefront(app).offers[0].products == ("Access",)


def test_an_announced_price_stands_from_the_first_instant_of_its_day(
    app: Flask, clock: Clock
) -> None:
    sell(app, clock, amara_announcing())
    clock.set(datetime(2026, 12, 31, 23, 59, 59, 999_999, UTC))
    assert headlines(app) == ["500.00", "750.00"]
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    assert headlines(app) == ["550.00", "800.00"]


def test_an_archived_plan_is_not_for_sale_and_still_known(app: Flask, clock: Clock) -> None:
    sell(app, clock, amara_with())
    assert [(plan.id, plan.archived) for plan in storefront(app).plans] == [
        ("start", False),
        ("scale", False),
    ]
    without = amara_with().decode().split("[[plans]]")
    toml = "[[plans]]".join(part for part in without if 'id = "start"' not in part)
    sell(app, clock, toml.encode(), archive=True)
    assert [plan.id for plan in storefront(app).plans] == ["scale"]
    with app.test_request_context():
        plan = current_plan("start")
        assert plan is not None
        assert (plan.name, plan.archived) == ("Start", True)
        assert current_plan("another") is None
