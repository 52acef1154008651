"""Announced prices: in the place of the old ones from their day on, for orders from then on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session
from support.accounts import Account
from support.factories import ANNOUNCED, amara_announcing, amara_with

from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.estimates.account_page import account_page
from pricingsite.services.plans.offers import Offer
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_history import price_history
from pricingsite.services.plans.price_list import price_list
from pricingsite.services.plans.pricing_page import read_plan, read_storefront
from pricingsite.services.schedules.creating import ScheduleError

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NEW_YEAR = date(2027, 1, 1)


def sell(session: Session, toml: bytes, *, archive: bool = False, now: datetime = NOW) -> None:
    apply(session, read_catalog(toml), archive=archive, now=now)


def scale(session: Session, on: date) -> Offer:
    plan = read_plan(session, "scale", on=on)
    assert plan is not None
    return plan.offer


def test_it_stands_beside_the_price_until_its_day_and_then_in_its_place(session: Session) -> None:
    sell(session, amara_announcing())
    before = scale(session, NEW_YEAR - timedelta(days=1))
    assert str(before.headline.bill.net) == "750.00"
    assert before.announced is not None
    assert before.announced.valid_from == NEW_YEAR
    assert [str(charges.bill.net) for charges in before.announced.charges] == ["800.00"]
    assert [(was.id, will.id) for was, will in before.announced.prices] == [("A", "A2")]
    after = scale(session, NEW_YEAR)
    assert [price.id for price in after.prices] == ["A2", "X"]
    assert (str(after.headline.bill.net), after.announced) == ("800.00", None)
    assert after.last_changed_on == NEW_YEAR
    assert after.version != before.version


def test_it_takes_its_place_in_every_plan(session: Session) -> None:
    sell(session, amara_announcing())
    found = read_storefront(session, on=NEW_YEAR).offers
    assert [str(one.headline.bill.net) for one in found] == ["550.00", "800.00"]


def test_prices_follow_one_another(session: Session) -> None:
    third = ANNOUNCED.replace('"A2"', '"A3"').replace('"A"', '"A2"').replace("2027", "2028")
    sell(session, amara_announcing(announced=ANNOUNCED + third.replace("550", "575")))
    plan = find_plan(session, "start")
    assert plan is not None
    listed = price_list(session, on=TODAY)
    assert listed.next_change(plan) == NEW_YEAR
    assert listed.at(NEW_YEAR).next_change(plan) == date(2028, 1, 1)
    later = listed.at(date(2028, 1, 1))
    assert ([price.id for price in later.prices_of(plan)], later.next_change(plan)) == (
        ["A3"],
        None,
    )


def test_one_that_is_withdrawn_before_its_day_never_comes(session: Session) -> None:
    sell(session, amara_announcing())
    sell(session, amara_with(), archive=True)
    assert scale(session, NEW_YEAR).prices[0].id == "A"
    assert "A2" not in [row.terms.id for row in price_history(session, on=TODAY)[0].prices]


def test_one_that_is_withdrawn_leaves_its_place_to_another(session: Session) -> None:
    sell(session, amara_announcing())
    other = ANNOUNCED.replace('"A2"', '"A3"').replace("2027-01-01", "2027-02-01")
    sell(session, amara_announcing(announced=other), archive=True)
    assert scale(session, NEW_YEAR).prices[0].id == "A"
    assert scale(session, date(2027, 2, 1)).prices[0].id == "A3"
    sell(session, amara_announcing(), archive=True)
    assert scale(session, NEW_YEAR).prices[0].id == "A2"


def test_the_history_has_the_days(session: Session) -> None:
    sell(session, amara_announcing())
    rows = price_history(session, on=TODAY)[0].prices
    assert [(row.terms.id, row.since, row.until, row.announced) for row in rows] == [
        ("A2", NEW_YEAR, None, True),
        ("A", TODAY, NEW_YEAR, False),
    ]
    assert not price_history(session, on=NEW_YEAR)[0].prices[0].announced


def test_customers_keep_the_price_they_ordered_at(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X")
    sell(session, amara_announcing())
    read = account.read(datetime(2027, 1, 5, tzinfo=UTC))
    assert str(read.bill.net) == "750.00"


def test_old_and_new_never_charge_together(session: Session) -> None:
    account = Account(session)
    sell(session, amara_announcing())
    with pytest.raises(ScheduleError, match="two prices of the same thing"):
        account.subscribe("A", "A2")


def test_after_its_day_a_plan_may_name_it(session: Session) -> None:
    sell(session, amara_announcing())
    named = amara_announcing(
        ('prices = ["A"]', 'prices = ["A2"]'), ('prices = ["A", "X"]', 'prices = ["A2", "X"]')
    )
    with pytest.raises(CatalogError) as refused:
        sell(session, named)
    assert refused.value.problems == (
        "plans[0].prices[0]: A2 is valid from 2027-01-01: name A, which it replaces on that day",
        "plans[1].prices[0]: A2 is valid from 2027-01-01: name A, which it replaces on that day",
    )
    sell(session, named, now=datetime(2027, 1, 1, 9, tzinfo=UTC))
    assert scale(session, NEW_YEAR).prices[0].id == "A2"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('replaces = "A"\n', "", "valid_from: add replaces: which list price does it follow?"),
        (
            'valid_from = "2027-01-01"\n',
            "",
            "replaces: add valid_from: from which day does it apply?",
        ),
        ('"GBP"', '"EUR"', "currency: A, the price it replaces, has GBP"),
        ('"monthly"', '"yearly"', "billing_frequency: A, the price it replaces, has monthly"),
        (
            'replaces = "A"',
            'replaces = "X"',
            "replaces: X is a price of another product",
        ),
        ('replaces = "A"', 'replaces = "B"', "replaces: B is not a list price"),
        ('replaces = "A"', 'replaces = "Q"', 'replaces: there is no list price "Q"'),
        ("2027-01-01", "2027-13-01", "valid_from:"),
    ],
)
def test_what_cannot_take_a_place_is_refused(
    session: Session, old: str, new: str, problem: str
) -> None:
    with pytest.raises(CatalogError) as refused:
        sell(session, amara_announcing(announced=ANNOUNCED.replace(old, new, 1)))
    assert any(
        line.startswith(f"products[0].prices[1].{problem}") for line in refused.value.problems
    )


def test_a_plan_names_one_of_two_that_follow_each_other(session: Session) -> None:
    with pytest.raises(CatalogError) as refused:
        sell(session, amara_announcing(('prices = ["A", "X"]', 'prices = ["A", "A2", "X"]')))
    assert refused.value.problems == (
        "plans[1].prices[1]: A2 replaces A automatically: leave it out",
    )


def test_two_prices_cannot_take_one_place(session: Session) -> None:
    other = ANNOUNCED.replace('"A2"', '"A3"')
    with pytest.raises(CatalogError) as refused:
        sell(session, amara_announcing(announced=ANNOUNCED + other))
    assert refused.value.problems == ("products[0].prices[2].replaces: A2 replaces A already",)


def test_ones_own_plan_at_new_prices_is_not_another_plan(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X")
    sell(session, amara_announcing())
    for moment in (NOW, datetime(2027, 1, 5, tzinfo=UTC)):
        page = account_page(session, account.customer, now=moment)
        assert page is not None
        assert [other.name for other in page.other_plans] == ["Start"]
    assert str(page.other_plans[0].net) == "550.00"
