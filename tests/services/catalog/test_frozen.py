"""What a catalog that is applied again cannot change, since somebody may be billed by it."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.applying import FROZEN, NOW, PRICE_C, SEATS, START_PLAN, Apply, refused

from pricingsite.models.customers import Customer
from pricingsite.models.merchant import VatRateRow
from pricingsite.models.usage import UsageDay
from pricingsite.services.merchant import vat_rate_on, vat_rates

RATE = 'rate = "0.20" }'


@pytest.mark.parametrize(
    ("old", "new", "place", "was"),
    [
        ('amount = "500"', 'amount = "501"', "products[0].prices[0].amount: price A", "500"),
        ('"0.45"', '"0.46"', "products[1].prices[0].tiers[1].unit_price: price X", "0.45"),
        (
            '"1000", flat',
            '"999", flat',
            "products[1].prices[0].tiers[0].upper_bound: price X",
            "1000",
        ),
        (', flat_fee = "250"', "", "products[1].prices[0].tiers[0].flat_fee: price X", "250"),
        (
            '{ unit_price = "0.65" }',
            '{ unit_price = "0.65", flat_fee = "1" }',
            "products[1].prices[0].tiers[2].flat_fee: price X",
            "0",
        ),
        (
            '    { upper_bound = "1000", flat_fee = "250" },\n',
            "",
            "products[1].prices[0].tiers: price X",
            "3 tiers",
        ),
        (
            'model = "graduated"\ntiers = [\n',
            'model = "volume"\ntiers = [\n',
            "products[1].prices[0].model: price X",
            "graduated",
        ),
        (
            'billing_type = "in_arrears"',
            'billing_type = "in_advance"',
            "products[0].prices[0].billing_type: price A",
            "in_arrears",
        ),
        (
            '"monthly"',
            '"yearly"',
            "products[0].prices[0].billing_frequency: price A",
            "monthly",
        ),
        (
            'id = "X"\n',
            'id = "X"\nprorate_flat_fees = true\n',
            "products[1].prices[0].prorate_flat_fees: price X",
            "false",
        ),
    ],
)
def test_an_applied_price_cannot_change(
    amara: Session, reapply: Apply, old: str, new: str, place: str, was: str
) -> None:
    assert refused(amara, reapply, (old, new)) == [f"{place} {FROZEN.format(was)}"]


def test_an_applied_price_stays_in_its_product_and_what_it_is(
    amara: Session, reapply: Apply
) -> None:
    assert refused(
        amara, reapply, (PRICE_C, ""), ("[[plans]]", PRICE_C.replace('"A"', '"X"') + "[[plans]]")
    ) == [
        f"products[1].prices[3]: price C {FROZEN.format('of product platform')}",
        f"products[1].prices[3].variant_of: price C {FROZEN.format('A')}",
    ]
    assert refused(
        amara, reapply, ('id = "B"\nvariant_of = "A"', 'id = "B"\nlist_price = true')
    ) == [
        f"products[0].prices[1].list_price: price B {FROZEN.format('false')}",
        f"products[0].prices[1].variant_of: price B {FROZEN.format('A')}",
    ]


def test_a_problem_anywhere_leaves_all_as_it_was(amara: Session, reapply: Apply) -> None:
    assert refused(
        amara,
        reapply,
        ('name = "Amara"', 'name = "Other"'),
        ('amount = "500"', 'amount = "501"'),
        ('amount = "825"', 'amount = "826"'),
        (START_PLAN, ""),
    ) == [
        f"products[0].prices[0].amount: price A {FROZEN.format('500')}",
        f"products[0].prices[1].amount: price B {FROZEN.format('825')}",
        "plan start is not in the file: run again with --archive to archive it",
    ]


def test_an_archived_price_that_comes_back_has_its_old_terms(
    amara: Session, reapply: Apply
) -> None:
    reapply((PRICE_C, ""), archive=True)
    assert refused(amara, reapply, ('amount = "650"', 'amount = "651"')) == [
        f"products[0].prices[2].amount: price C {FROZEN.format('650')}"
    ]


@pytest.mark.parametrize(
    ("old", "new", "key", "was"),
    [
        ('aggregation = "sum"', 'aggregation = "max"', "aggregation", "sum"),
        ('property = "calls"', 'property = "count"', "property", "calls"),
        ('default = "1"', 'default = "2"', "default", "1"),
        ('event_type = "api_call"', 'event_type = "call"', "event_type", "api_call"),
    ],
)
def test_a_metric_that_a_price_uses_cannot_change(
    amara: Session, reapply: Apply, old: str, new: str, key: str, was: str
) -> None:
    assert refused(amara, reapply, (old, new)) == [
        (
            f"metrics[0].{key}: metric api_calls is used and cannot change (it is {was}); "
            "give the new metric a new id"
        )
    ]


def test_a_metric_changes_until_usage_is_counted(subscribed: Session, reapply: Apply) -> None:
    seats = ('[[products]]\nid = "platform"', SEATS)
    summed = ('[[products]]\nid = "platform"', SEATS.replace('"max"', '"sum"'))
    reapply(seats)
    assert reapply(summed).updated == ("metric seats",)
    count_a_seat(subscribed)
    assert refused(subscribed, reapply, seats) == [
        (
            "metrics[1].aggregation: metric seats is used and cannot change (it is sum); "
            "give the new metric a new id"
        )
    ]


def count_a_seat(session: Session) -> None:
    session.add(
        UsageDay(
            customer_id=session.scalars(select(Customer.id)).one(),
            metric_id="seats",
            day=date(2026, 11, 2),
            event_count=1,
            total=Decimal(1),
            last_event_at=NOW,
            updated_at=NOW,
        )
    )
    session.flush()


def test_the_zone_changes_until_a_schedule_counts_on_it(
    amara: Session, reapply: Apply, request: pytest.FixtureRequest
) -> None:
    dublin = ('timezone = "Europe/London"', 'timezone = "Europe/Dublin"')
    assert reapply(dublin).updated == ("merchant",)
    reapply()
    request.getfixturevalue("subscribed")
    assert refused(amara, reapply, dublin) == [
        (
            "merchant.timezone: billing schedules depend on it, so it cannot change "
            "(it is Europe/London)"
        )
    ]


def test_vat_rates_are_added_and_those_in_force_stay(subscribed: Session, reapply: Apply) -> None:
    coming = (RATE, RATE + ', { valid_from = "2027-01-01", rate = "0.21" }')
    assert reapply(coming).added == ("VAT rate from 2027-01-01",)
    assert vat_rate_on(subscribed, date(2026, 12, 31)) == Decimal("0.20")
    assert vat_rate_on(subscribed, date(2027, 1, 1)) == Decimal("0.21")
    # What is still to come may change, and may be taken away.
    assert reapply((RATE, coming[1].replace("0.21", "0.22"))).changed
    assert reapply().removed == ("VAT rate from 2027-01-01",)
    assert [rate.rate for rate in vat_rates(subscribed)] == [Decimal("0.20")]

    assert refused(subscribed, reapply, (RATE, 'rate = "0.19" }')) == [
        (
            "merchant.vat_rates[0].rate: the rate is in force and cannot change (it is 0.20); "
            "add one with a later valid_from"
        )
    ]
    assert refused(subscribed, reapply, ('"2011-01-04"', '"2012-01-04"')) == [
        (
            "merchant.vat_rates: the rate from 2011-01-04 has been in force: keep it, "
            "and add one with a later valid_from"
        )
    ]


def test_a_wrong_vat_rate_is_corrected_while_nobody_is_billed_by_it(
    amara: Session, reapply: Apply
) -> None:
    reapply((RATE, 'rate = "0.19" }'))
    assert amara.scalars(select(VatRateRow.rate)).one() == Decimal("0.19")
