"""Applying the catalog: what it stores, adds and archives, and all of it or nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.applying import LATER, NOW, PRICE_C, SEATS, START_PLAN, Apply, contents, refused
from support.factories import AMARA, amara_with, apply_amara, have_amara, stored

from pricingsite.database import Base, db
from pricingsite.models.catalog import Plan, Price, Product, UsageMetric, unit_of
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import TaxError, Unit, charge
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.merchant import vat_rate_on
from pricingsite.services.plans.on_sale import find_plan, plans_on_sale
from pricingsite.web.transaction import committing


def test_other_tests_start_from_what_applying_leaves(session: Session) -> None:
    have_amara(session)
    had = {table: stored(session, table) for table in Base.metadata.sorted_tables}
    session.rollback()
    apply_amara(session)
    assert {table: stored(session, table) for table in Base.metadata.sorted_tables} == had


def test_the_seven_prices_are_stored_and_rate_as_the_worked_example_says(amara: Session) -> None:
    # Amounts at 0, 1,000, 1,001, 2,500, 2,501 and 10,000 calls.
    calls = [0, 1_000, 1_001, 2_500, 2_501, 10_000]
    expected = {
        "A": ["500"] * 6,
        "B": ["825"] * 6,
        "C": ["650"] * 6,
        "D": ["400"] * 6,
        "X": ["250", "250", "250.45", "925", "925.65", "5800"],
        "Y": ["150", "150", "150", "350", "350.40", "3350"],
        "Z": ["700", "700", "700", "700", "700", "3950"],
    }
    prices = {price.id: price for price in amara.scalars(select(Price))}
    assert prices.keys() == expected.keys()
    for price_id, amounts in expected.items():
        structure = prices[price_id].terms.structure
        assert [charge(structure, n).amount for n in calls] == [Decimal(a) for a in amounts]
    assert {price.id for price in prices.values() if price.list_price} == {"A", "X"}
    assert {price.id: price.variant_of for price in prices.values() if price.variant_of} == {
        "B": "A",
        "C": "A",
        "D": "A",
        "Y": "X",
        "Z": "X",
    }
    # A variant without a name of its own has its list price's, which bills print.
    assert {prices[price_id].name for price_id in "XYZ"} == {"AI add-on"}
    assert {prices[price_id].metric_id for price_id in "XYZ"} == {"api_calls"}
    assert {prices[price_id].metric_id for price_id in "ABCD"} == {None}


def test_plans_on_sale_come_in_the_files_order_with_few_queries(
    amara: Session, queries: Callable[..., Any]
) -> None:
    amara.commit()
    amara.expunge_all()
    with queries(at_most=3):
        shown = [
            (plan.id, plan.name, plan.features[0], [price.product.name for price in plan.prices])
            for plan in plans_on_sale(amara)
        ]
    assert shown == [
        ("start", "Start", "Unlimited projects and dashboards", ["Platform access"]),
        ("scale", "Scale", "Everything in Start", ["Platform access", "AI add-on"]),
    ]


def test_the_merchant_and_its_metric_are_stored(amara: Session) -> None:
    merchant = amara.get_one(Merchant, 1)
    assert (merchant.legal_name, merchant.timezone, merchant.sells_to, merchant.version) == (
        "Amara Software Ltd",
        "Europe/London",
        ["GB", "IE"],
        1,
    )
    assert (merchant.payment_days, merchant.terms_version) == (30, "1")
    metric = amara.get_one(UsageMetric, "api_calls")
    assert (metric.aggregation, metric.property, metric.default) == ("sum", "calls", Decimal(1))
    assert unit_of(metric) == Unit("API call", "API calls", whole=True)


def test_applying_the_same_file_again_changes_nothing(amara: Session, reapply: Apply) -> None:
    before = contents(amara)
    again = reapply()
    assert not again.changed
    assert contents(amara) == before


def test_numbers_written_otherwise_are_the_same_numbers(amara: Session, reapply: Apply) -> None:
    before = contents(amara)
    assert not reapply(
        ('amount = "500"', 'amount = "500.00"'),
        ('unit_price = "0.45" }', 'unit_price = "0.450", flat_fee = "0" }'),
        ('rate = "0.20" }', 'rate = "0.2" }'),
    ).changed
    assert contents(amara) == before


def test_names_texts_and_plans_may_change(amara: Session, reapply: Apply) -> None:
    applied = reapply(
        ('email = "billing@', 'email = "money@'),
        ('name = "AI add-on"\nlist', 'name = "AI calls"\nlist'),
        ('unit = "API call"', 'unit = "call"\nunit_plural = "calls"'),
        ('tagline = "The whole platform for one price."\n', ""),
        ('prices = ["A", "X"]', 'prices = ["X", "A"]'),
    )
    assert set(applied.updated) == {
        "merchant",
        "metric api_calls",
        "price X",
        "price Y",
        "price Z",
        "plan start",
        "plan scale",
    }
    assert (applied.added, applied.archived, applied.version) == ((), (), 2)
    merchant = amara.get_one(Merchant, 1)
    assert (merchant.email, merchant.version, merchant.applied_at) == (
        "money@amara.example",
        2,
        LATER,
    )
    assert [price.name for price in amara.get_one(Plan, "scale").prices] == [
        "AI calls",
        "Platform access",
    ]
    assert amara.get_one(UsageMetric, "api_calls").unit_plural == "calls"
    assert amara.get_one(Plan, "start").tagline is None
    assert amara.get_one(Price, "X").applied_at == NOW


def test_a_new_list_price_takes_the_place_of_the_old_one_in_a_plan(
    amara: Session, reapply: Apply
) -> None:
    assert len(amara.get_one(Product, "platform").prices) == 4
    new = PRICE_C.replace('"C"', '"A2"').replace('variant_of = "A"', "list_price = true")
    applied = reapply(
        ("# B, C and D", f"{new}# B, C and D"),
        ('prices = ["A"]', 'prices = ["A2"]'),
        ('prices = ["A", "X"]', 'prices = ["A2", "X"]'),
    )
    assert applied.added == ("price A2",)
    assert [price.id for price in amara.get_one(Plan, "scale").prices] == ["A2", "X"]
    assert [price.id for price in amara.get_one(Product, "platform").prices] == [
        "A",
        "A2",
        "B",
        "C",
        "D",
    ]
    assert amara.get_one(Price, "A").archived_at is None


def test_what_the_file_no_longer_names_is_archived_when_asked_and_taken_back_when_named(
    amara: Session, reapply: Apply
) -> None:
    gone = [(PRICE_C, ""), (START_PLAN, "")]
    assert refused(amara, reapply, *gone) == [
        "price C is not in the file: run again with --archive to archive it",
        "plan start is not in the file: run again with --archive to archive it",
    ]
    archived = reapply(*gone, archive=True)
    assert archived.archived == ("price C", "plan start")
    assert amara.get_one(Price, "C").archived_at == LATER
    assert [plan.id for plan in plans_on_sale(amara)] == ["scale"]
    # It is closed to new orders, not gone: whoever has it reads it still.
    plan = find_plan(amara, "start")
    assert plan is not None
    assert [price.id for price in plan.prices] == ["A"]

    assert not reapply(*gone, archive=False).changed, "what is archived stays so, unasked"

    back = reapply()
    assert set(back.restored) == {"price C", "plan start"}
    assert amara.get_one(Price, "C").archived_at is None
    assert [plan.id for plan in plans_on_sale(amara)] == ["start", "scale"]
    assert amara.get_one(Merchant, 1).version == 3


def test_a_variant_outlives_its_list_price_but_none_is_made_of_nothing(
    amara: Session, reapply: Apply
) -> None:
    text = AMARA.read_text()
    price_a = '[[products.prices]]\nid = "A"' + text.split('id = "A"')[1].split("# B, C")[0]
    new = price_a.replace('"A"', '"A2"').replace('"500"', '"550"')
    swap = [(price_a, new), ('prices = ["A"]', 'prices = ["A2"]'), ('["A", "X"]', '["A2", "X"]')]
    assert reapply(*swap, archive=True).archived == ("price A",)
    assert amara.get_one(Price, "B").variant_of == "A"
    assert amara.get_one(Price, "B").archived_at is None

    more = PRICE_C.replace('"C"', '"E"').replace('variant_of = "A"', 'variant_of = "Q"')
    assert refused(
        amara, reapply, *swap, ('[[products]]\nid = "ai', f'{more}[[products]]\nid = "ai')
    ) == ['products[0].prices[4].variant_of: there is no list price "Q" of product platform in GBP']


def test_a_metric_of_events_that_others_count_lacks_those_that_are_stored(
    reapply: Apply,
) -> None:
    more = SEATS.replace('event_type = "seats"', 'event_type = "api_call"')
    assert reapply(('[[products]]\nid = "platform"', more)).uncounted == ("metric seats",)
    assert reapply(('[[products]]\nid = "platform"', more)).uncounted == ()


def test_a_rate_must_be_valid_today(amara: Session, reapply: Apply) -> None:
    assert refused(amara, reapply, ('"2011-01-04"', '"2026-11-25"')) == [
        "merchant.vat_rates[0].valid_from: no rate is valid today, 2026-11-24"
    ]
    assert reapply(('"2011-01-04"', '"2026-11-24"')).changed
    with pytest.raises(TaxError):
        vat_rate_on(amara, date(2026, 11, 23))


def test_refusing_the_first_apply_stores_nothing(session: Session) -> None:
    document = read_catalog(amara_with(('"2011-01-04"', '"2030-01-01"')))
    with pytest.raises(CatalogError):
        apply(session, document, archive=False, now=NOW)
    assert not any(contents(session).values())


def test_applies_at_the_same_time_take_turns(app: Flask) -> None:
    """Two first applies of one file: one does it, the other has nothing left to do."""
    applied: list[bool] = []

    def run() -> None:
        with app.app_context(), committing(db.session):
            applied.append(apply_amara(db.session()).changed)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [False, False, False, True]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Price)) == 7
        assert db.session.get_one(Merchant, 1).version == 1
