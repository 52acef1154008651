"""What customers may use: of the phase in force, to the midnight of the schedule's zone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from support.accounts import NOW, Account, noon

from pricingsite.models.catalog import Plan
from pricingsite.models.customers import SuspensionCause
from pricingsite.pricing import Trial
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.customers.suspension import suspend
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.services.schedules.entitlements import Entitlements, entitlements

Queries = Callable[..., AbstractContextManager[list[str]]]
NONE: dict[str, date | None] = {}


def may(account: Account, now: datetime = NOW) -> Entitlements:
    account.session.flush()
    found = entitlements(account.session, account.customer.id, now=now)
    assert found is not None
    assert found.customer_id == account.customer.id
    return found


def used(found: Entitlements) -> tuple[str, dict[str, date | None], datetime | None]:
    return (
        found.status.value,
        {one.id: one.until for one in found.products},
        found.changes_at,
    )


def test_a_deal_needs_no_verification_and_is_open(account: Account) -> None:
    account.subscribe("B", "Y")
    assert used(may(account)) == ("active", {"platform": None, "ai-add-on": None}, None)
    assert may(account).products[1].name == "AI add-on"


def test_an_order_entitles_once_it_is_verified(account: Account) -> None:
    schedule = account.subscribe("A", "X")
    ordered = account.order(schedule)
    assert used(may(account)) == ("unverified", NONE, None)
    account.customer.verified_at = NOW
    assert used(may(account)) == ("active", {"platform": None, "ai-add-on": None}, None)
    account.customer.verified_at = None
    ordered.ended_at = NOW
    assert used(may(account)) == ("ended", NONE, None)


def test_phases_begin_and_end_at_midnight_in_the_zone_of_the_schedule(account: Account) -> None:
    schedule = account.subscribe("A", "X", start=date(2027, 6, 1), end=date(2027, 10, 1))
    account.change(schedule, date(2027, 8, 1), "A")
    # British summer time is an hour ahead of UTC.
    start = datetime(2027, 5, 31, 23, tzinfo=UTC)
    change, end = datetime(2027, 7, 31, 23, tzinfo=UTC), datetime(2027, 9, 30, 23, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    assert used(may(account)) == ("ended", NONE, start)
    assert used(may(account, start - moment)) == ("ended", NONE, start)
    both = {"platform": date(2027, 9, 30), "ai-add-on": date(2027, 7, 31)}
    assert used(may(account, start)) == ("active", both, change)
    assert used(may(account, change - moment)) == ("active", both, change)
    one = {"platform": date(2027, 9, 30)}
    assert used(may(account, change)) == ("active", one, end)
    assert used(may(account, end - moment)) == ("active", one, end)
    assert used(may(account, end)) == ("ended", NONE, None)


def test_a_phase_at_other_prices_changes_nothing(account: Account) -> None:
    schedule = account.subscribe("A", "X")
    account.change(schedule, date(2027, 2, 1), "B", "Z")
    assert used(may(account)) == ("active", {"platform": None, "ai-add-on": None}, None)


def test_a_pause_entitles_to_nothing_until_it_is_over(account: Account) -> None:
    schedule = account.subscribe("A")
    account.change(schedule, date(2026, 12, 1))
    account.change(schedule, date(2027, 1, 1), "A")
    begins, ends = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert used(may(account)) == ("active", {"platform": date(2026, 11, 30)}, begins)
    assert used(may(account, begins)) == ("active", NONE, ends)
    assert used(may(account, ends)) == ("active", {"platform": None}, None)


def test_a_trial_entitles_until_it_ends_unless_it_is_kept(account: Account) -> None:
    ends = AgreedTerms(trial=Trial(14, continues=False))
    schedule = account.subscribe("A", "X", start=date(2026, 11, 16), terms=ends)
    until, over = date(2026, 11, 29), datetime(2026, 11, 30, tzinfo=UTC)
    assert used(may(account)) == ("active", {"platform": until, "ai-add-on": until}, over)
    schedule.end_date = None
    assert used(may(account)) == ("active", {"platform": None, "ai-add-on": None}, None)


def test_who_is_suspended_may_use_nothing_until_it_is_lifted(account: Account) -> None:
    account.subscribe("A", end=date(2027, 2, 1))
    suspend(account.session, account.customer, SuspensionCause.MERCHANT, now=NOW)
    over = datetime(2027, 2, 1, tzinfo=UTC)
    assert used(may(account)) == ("suspended", NONE, over)
    assert used(may(account, over)) == ("ended", NONE, None)


def test_a_schedule_that_follows_another_without_a_gap_goes_on(account: Account) -> None:
    account.subscribe("A", "X", end=date(2026, 12, 1))
    account.subscribe("A", start=date(2026, 12, 1))
    change = datetime(2026, 12, 1, tzinfo=UTC)
    expected = {"platform": None, "ai-add-on": date(2026, 11, 30)}
    assert used(may(account)) == ("active", expected, change)


def test_one_that_was_withdrawn_counts_no_more(account: Account) -> None:
    account.subscribe("A").withdrawn_at = NOW
    assert used(may(account)) == ("ended", NONE, None)


def test_nobody_has_none(account: Account) -> None:
    assert used(may(account)) == ("ended", NONE, None)
    assert entitlements(account.session, "nobody", now=NOW) is None
    assert entitlements(account.session, "a\0b", now=NOW) is None


@pytest.fixture
def limited(account: Account) -> Account:
    for plan, calls in (("start", "100"), ("scale", "50000")):
        limits = {"api_calls": calls, "projects": "2.5"}
        account.session.execute(update(Plan).where(Plan.id == plan).values(limits=limits))
    return account


@pytest.mark.parametrize(
    ("prices", "calls"),
    [(["A"], "100"), (["A", "X"], "50000"), (["B", "Y"], "50000"), (["D"], "100"), (["X"], None)],
)
def test_limits_are_those_of_the_plan_with_these_prices(
    limited: Account, prices: list[str], calls: str | None
) -> None:
    limited.subscribe(*prices)
    expected = {"api_calls": Decimal(calls), "projects": Decimal("2.5")} if calls else {}
    assert may(limited).limits == expected


def test_limits_change_with_the_phase(limited: Account) -> None:
    schedule = limited.subscribe("A")
    limited.change(schedule, date(2026, 12, 1), "A", "X")
    found = may(limited)
    assert (found.limits["api_calls"], found.changes_at) == (
        100,
        datetime(2026, 12, 1, tzinfo=UTC),
    )
    assert may(limited, noon(2026, 12, 1)).limits["api_calls"] == 50000
    suspend(limited.session, limited.customer, SuspensionCause.MERCHANT, now=NOW)
    assert may(limited).limits == {}


def test_the_plan_that_was_chosen_has_the_say(limited: Account) -> None:
    limited.price("A0")
    limited.subscribe("A0", plan_id="start")
    assert may(limited).limits["api_calls"] == 100
    limited.another()
    limited.subscribe("A", "X", plan_id="start")
    assert may(limited).limits["api_calls"] == 100


def test_they_are_one_statement_by_id_and_by_alias(account: Account, queries: Queries) -> None:
    schedule = account.subscribe("A", "X")
    account.change(schedule, date(2027, 1, 1), "A")
    add_alias(account.session, account.customer, "team/ acme")
    account.session.commit()
    account.session.expire_all()
    account.session.connection()
    with queries(at_most=1):
        found = entitlements(account.session, "team/ acme", now=NOW)
    assert found is not None
    assert found == may(account)


def test_the_estimate_says_the_same(account: Account) -> None:
    schedule = account.subscribe("A", "X")
    for now in (NOW, noon(2026, 10, 31)):
        assert account.read(now).entitled is (may(account, now).status == "active")
    account.order(schedule)
    assert not account.read().entitled
