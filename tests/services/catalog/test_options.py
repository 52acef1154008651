"""Options, quantities and add-ons in the catalog file: what is refused, with its place."""

import pytest
from sqlalchemy.orm import Session
from support.factories import APPLIED_AT, ROSTER

from pricingsite.models.catalog import Plan, Price
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog


def roster_with(*edits: tuple[str, str]) -> bytes:
    text = ROSTER.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'prices = ["free"]',
            'prices = ["free"]\noptions = [{ id = "a", prices = ["free"] }]',
            "plans[0].options: keep either prices or options",
        ),
        ('prices = ["free"]', "", "plans[0].prices: this key is missing"),
        (
            'id = "yearly",',
            'id = "monthly",',
            'plans[1].options[1].id: "monthly" is the id of plans[1].options[0] already',
        ),
        (
            '{ id = "monthly", prices = ["seat-month"] }',
            '{ id = "monthly", prices = ["seat"] }',
            'plans[1].options[0].prices[0]: there is no price "seat" in this file',
        ),
        (
            '{ id = "monthly", prices = ["seat-month"] }',
            '{ id = "monthly", prices = ["seat-month", "seat-month-eur"] }',
            "plans[1].options[0].prices: a plan has one currency, not USD and EUR",
        ),
        (
            'with = "monthly", maximum',
            'with = "daily", maximum',
            (
                'plans[1].add_ons[0].with: there is no option "daily"; known: monthly, yearly, '
                "monthly-eur, yearly-eur"
            ),
        ),
        (
            'price = "texts", with = "monthly"',
            'price = "texts", with = "monthly-eur"',
            "plans[1].add_ons[2].price: texts is in USD, the option is in another currency",
        ),
        (
            'price = "texts", with = "monthly"',
            'price = "seat-month", with = "monthly"',
            "plans[1].add_ons[2].price: seat-month is in option monthly already",
        ),
        (
            'price = "texts", with = "monthly"',
            'price = "texts", with = "monthly", maximum_quantity = "2"',
            "plans[1].add_ons[2].maximum_quantity: texts has no per: one of it can be added",
        ),
        (
            'maximum_quantity = "10"',
            'maximum_quantity = "0"',
            "plans[1].add_ons[0].maximum_quantity: expected a whole number from 1 on, found 0",
        ),
        (
            'minimum_quantity = "3"',
            'minimum_quantity = "2.5"',
            "products[0].prices[1].minimum_quantity: expected a whole number from 1 on, found 2.5",
        ),
        (
            'maximum_quantity = "200"',
            'maximum_quantity = "2"',
            "products[0].prices[1].maximum_quantity: less than the minimum, 3",
        ),
        (
            'per = "seat"\nminimum_quantity = "3"\nmaximum_quantity = "200"',
            'minimum_quantity = "3"',
            'products[0].prices[1].minimum_quantity: add per: what is bought, such as "seat"?',
        ),
        (
            'model = "linear"\nunit_price = "0.05"',
            'model = "linear"\nunit_price = "0.05"\nper = "text"',
            "products[2].prices[0].metric: a price that is bought by quantity takes no metric",
        ),
    ],
)
def test_what_cannot_be_sold_is_refused_with_its_place(old: str, new: str, problem: str) -> None:
    with pytest.raises(CatalogError) as refused:
        read_catalog(roster_with((old, new)))
    assert problem in refused.value.problems


def test_options_are_kept_in_their_order_and_applied_once(session: Session) -> None:
    document = read_catalog(ROSTER.read_bytes())
    assert apply(session, document, archive=False, now=APPLIED_AT).changed
    session.expire_all()
    assert not apply(session, document, archive=False, now=APPLIED_AT).changed
    team = session.get_one(Plan, "team")
    assert team.option_ids == ["monthly", "yearly", "monthly-eur", "yearly-eur"]
    assert [price.id for price in team.prices] == ["seat-month"]
    yearly = [(one.price_id, one.add_on) for one in team.places_in("yearly")]
    assert yearly == [("seat-year", False), ("site-year", True), ("texts", True)]


def test_what_an_applied_price_is_bought_by_cannot_change(session: Session) -> None:
    apply(session, read_catalog(ROSTER.read_bytes()), archive=False, now=APPLIED_AT)
    changed = read_catalog(roster_with(('minimum_quantity = "3"', 'minimum_quantity = "5"')))
    with pytest.raises(CatalogError, match="minimum_quantity: price seat-month is applied"):
        apply(session, changed, archive=False, now=APPLIED_AT)
    assert session.get_one(Price, "seat-month").minimum_quantity == 3


def test_an_option_may_be_added_and_one_without_buyers_left_out(session: Session) -> None:
    apply(session, read_catalog(ROSTER.read_bytes()), archive=False, now=APPLIED_AT)
    without = roster_with(
        ('    { id = "yearly-eur", prices = ["seat-year-eur"], note = "two months free" },\n', "")
    )
    apply(session, read_catalog(without), archive=True, now=APPLIED_AT)
    session.expire_all()
    assert session.get_one(Plan, "team").option_ids == ["monthly", "yearly", "monthly-eur"]
