"""Minimums, trials and promotion codes in the catalog file: what is refused, with its place."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.factories import APPLIED_AT, amara_with

from pricingsite.models.catalog import Plan
from pricingsite.models.promotions import Promotion
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog

SCALE = 'name = "Scale"'
CODE = '[[promotions]]\ncode = "LAUNCH"\n'


def problems_of(text: bytes) -> tuple[str, ...]:
    with pytest.raises(CatalogError) as refused:
        read_catalog(text)
    return refused.value.problems


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ('minimum = "0"', "plans[1].minimum: it is nothing: leave it out"),
        (
            'minimum = "10.005"',
            "plans[1].minimum: an amount in GBP has at most 2 decimals, found 10.005",
        ),
        (
            "minimum = 1000",
            'plans[1].minimum: expected a decimal in quotes such as "0.45", found a number',
        ),
        ("trial_days = 0", "plans[1].trial_days: expected a whole number of days from 1 to 365"),
        (
            'trial_days = "14"',
            "plans[1].trial_days: expected a whole number of days from 1 to 365",
        ),
        (
            'trial_then = "ends"',
            "plans[1].trial_then: add trial_days: how long is the trial?",
        ),
        (
            'trial_days = 14\ntrial_then = "stops"',
            'plans[1].trial_then: expected one of ends, continues, found "stops"',
        ),
    ],
)
def test_a_wrong_promise_of_a_plan_is_told_with_its_place(key: str, problem: str) -> None:
    assert problems_of(amara_with((SCALE, f"{SCALE}\n{key}"))) == (problem,)


def test_what_is_billed_once_has_no_minimum() -> None:
    once = ('billing_frequency = "monthly"', 'billing_frequency = "one_time"')
    found = problems_of(amara_with(once, (SCALE, f'{SCALE}\nminimum = "1000"')))
    assert found == ("plans[1].minimum: A, the main price, is billed once: it has no period",)


def test_what_is_free_needs_no_trial() -> None:
    free = ('amount = "500"', 'amount = "0"')
    found = problems_of(amara_with(free, ('name = "Start"', 'name = "Start"\ntrial_days = 14')))
    assert found == ("plans[0].trial_days: the plan is free: it needs no trial",)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            "",
            (
                'promotions[0]: say what it takes off: percent = "20", or amount = "300" with a '
                "currency"
            ),
        ),
        (
            'percent = "20"\namount = "3"\ncurrency = "GBP"',
            "promotions[0].amount: keep either percent or amount",
        ),
        ('percent = "0"', "promotions[0].percent: it takes nothing off: leave the code out"),
        ('percent = "101"', "promotions[0].percent: expected at most 100, found 101"),
        ('amount = "3"', "promotions[0].currency: add the currency of the amount, such as GBP"),
        (
            'amount = "3.001"\ncurrency = "GBP"',
            "promotions[0].amount: an amount in GBP has at most 2 decimals, found 3.001",
        ),
        (
            'percent = "3"\ncurrency = "GBP"',
            "promotions[0].currency: a percentage has no currency: leave it out",
        ),
        (
            'percent = "3"\nplans = ["team"]',
            'promotions[0].plans[0]: there is no plan "team" in this file',
        ),
        (
            'amount = "3"\ncurrency = "USD"\nplans = ["start"]',
            "promotions[0].plans[0]: start is not sold in USD",
        ),
        (
            'percent = "3"\nvalid_from = "2027-03-01"\nvalid_until = "2027-02-01"',
            "promotions[0].valid_until: before 2027-03-01, its first day",
        ),
        (
            'percent = "3"\nperiods = 0',
            "promotions[0].periods: expected a whole number of periods from 1 to 120",
        ),
        (
            'percent = "3"\nmaximum_redemptions = 0',
            (
                "promotions[0].maximum_redemptions: expected a whole number of redemptions "
                "from 1 to 1,000,000,000"
            ),
        ),
        (
            f'percent = "3"\n{CODE}percent = "4"',
            'promotions[1].code: "LAUNCH" is promotions[0] already',
        ),
    ],
)
def test_a_code_that_cannot_be_redeemed_is_told_with_its_place(keys: str, problem: str) -> None:
    found = problems_of(amara_with() + f"\n{CODE}{keys}\n".encode())
    assert found == (problem,)


@pytest.mark.parametrize("code", ["launch", "LAUNCH 20", "", "A" * 41])
def test_a_code_is_of_capital_letters_and_digits(code: str) -> None:
    text = f'\n[[promotions]]\ncode = "{code}"\npercent = "20"\n'
    (problem,) = problems_of(amara_with() + text.encode())
    assert problem.startswith("promotions[0].code: ")


def test_terms_are_stored_changed_and_archived(session: Session) -> None:
    terms = f'{SCALE}\nminimum = "1000"\ntrial_days = 14'
    code = f'{CODE}percent = "17.5"\nperiods = 3\nvalid_until = "2027-03-31"\n'
    document = read_catalog(amara_with((SCALE, terms)) + code.encode())
    assert "promotion code LAUNCH" in apply(session, document, archive=False, now=APPLIED_AT).added
    assert not apply(session, document, archive=False, now=APPLIED_AT).changed
    plan = session.get_one(Plan, "scale")
    assert (plan.minimum, plan.trial_days, plan.trial_then) == (Decimal(1000), 14, "ends")
    promotion = session.get_one(Promotion, "LAUNCH")
    assert (promotion.rate, promotion.periods) == (Decimal("0.175"), 3)
    assert promotion.valid_until == date(2027, 3, 31)
    promotion.redeemed = 7

    changed = code.replace("17.5", "20")
    document = read_catalog(amara_with() + changed.encode())
    found = apply(session, document, archive=False, now=APPLIED_AT)
    assert set(found.updated) == {"plan scale", "promotion code LAUNCH"}
    assert (plan.minimum, plan.trial_days, plan.trial_then) == (None, None, None)
    assert (promotion.rate, promotion.redeemed) == (Decimal("0.2"), 7)

    without = read_catalog(amara_with())
    with pytest.raises(CatalogError, match="promotion code LAUNCH is not in the file"):
        apply(session, without, archive=False, now=APPLIED_AT)
    assert apply(session, without, archive=True, now=APPLIED_AT).archived == (
        "promotion code LAUNCH",
    )
    assert promotion.archived_at is not None
