"""The account page in each of its states: who subscribes to what, uses how much, and when it is.

`STATES[name](account)` makes it, and gives the moment at which the page is looked at.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from support.accounts import NOW, Account
from support.invoices import make_invoice

from pricingsite.models.ranges import UsageRange
from pricingsite.pricing import Money
from pricingsite.services.alerts.choices import AlertChoices, choose_alerts
from pricingsite.services.customers.verification import verify_tax_id

State = Callable[[Account], datetime]
STATES: dict[str, State] = {}


def state(make: State) -> State:
    STATES[make.__name__.removeprefix("_").replace("_", " ")] = make
    return make


def calibrated(account: Account) -> None:
    """A likely range for every day of a month."""
    account.session.add_all(
        UsageRange(
            metric_id="api_calls",
            days_gone=gone,
            low=Decimal("0.8"),
            high=Decimal("1.5"),
            months=64,
            made_at=NOW,
        )
        for gone in range(1, 30)
    )


@state
def _no_plan(_account: Account) -> datetime:
    return NOW


@state
def _brand_new(account: Account) -> datetime:
    account.subscribe("A", "X", start=NOW.date())
    return NOW


@state
def _without_usage(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    return NOW


def _using(calls: int) -> State:
    def make(account: Account) -> datetime:
        account.subscribe("A", "X")
        account.use(calls, at=NOW)
        return NOW

    return make


STATES["inside what is included"] = _using(640)
STATES["at the last included"] = _using(1000)
STATES["at the last bound"] = _using(2500)


@state
def _in_the_second_band(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 9, 1))
    account.use_daily(80, date(2026, 9, 1), 84)
    calibrated(account)
    return NOW


@state
def _in_the_last_band_beyond_its_budget(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(200, date(2026, 10, 10), 45)
    choices = AlertChoices(budget=Money(150000, "GBP"))
    choose_alerts(account.session, account.customer, choices, account.read(), now=NOW)
    return NOW


@state
def _huge(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use(930_000, at=datetime(2026, 10, 20, tzinfo=UTC))
    account.use_daily(43_478, date(2026, 11, 1), 22)
    account.use(43_484, at=NOW)
    return NOW


@state
def _a_period_just_begun(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(90, date(2026, 10, 1), 61)
    return datetime(2026, 12, 1, 2, tzinfo=UTC)


@state
def _to_begin(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2027, 1, 1))
    account.use(12, at=datetime(2026, 11, 23, 12, tzinfo=UTC))
    return NOW


@state
def _ended(account: Account) -> datetime:
    account.subscribe("A", "X", end=date(2026, 11, 16))
    account.use(1200, at=datetime(2026, 11, 3, 9, tzinfo=UTC))
    return NOW


@state
def _other_prices_since_mid_period(account: Account) -> datetime:
    schedule = account.subscribe("A", "X")
    account.change(schedule, date(2026, 11, 11), "B", "Y")
    account.use_daily(120, date(2026, 11, 1), 23)
    return NOW


@state
def _a_feed_that_fell_silent(account: Account) -> datetime:
    account.subscribe("A", "X")
    account.use_daily(100, date(2026, 11, 1), 20)
    return NOW


@state
def _no_usage_price(account: Account) -> datetime:
    account.subscribe("A", start=date(2026, 9, 15))
    return NOW


@state
def _a_deal(account: Account) -> datetime:
    account.subscribe("B", "Y", start=date(2026, 10, 1))
    account.use_daily(95, date(2026, 10, 1), 54)
    return NOW


@state
def _usage_billed_later(account: Account) -> datetime:
    account.price("Q", like="X", name="AI add-on", billing_frequency="quarterly")
    account.subscribe("A", "Q", start=date(2026, 10, 1))
    account.use_daily(40, date(2026, 10, 1), 54)
    return NOW


@state
def _several_usage_prices(account: Account) -> datetime:
    account.price("P", like="X", name="Reports", product_id="platform")
    account.subscribe("A", "X", "P", start=date(2026, 10, 1))
    account.use_daily(60, date(2026, 10, 1), 54)
    return NOW


@state
def _reverse_charge(account: Account) -> datetime:
    account.customer.country, account.customer.tax_id = "DE", "DE136695976"
    account.session.flush()
    verify_tax_id(account.session, account.customer, consultation="WAPIAAAAX7", now=NOW)
    account.subscribe("A", "X")
    account.use(1500, at=NOW)
    return NOW


@state
def _the_day_the_clocks_go_back(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use_daily(70, date(2026, 10, 1), 25)
    return datetime(2026, 10, 25, 23, 30, tzinfo=UTC)


@state
def _a_bill_to_pay(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 10, 1))
    account.use(640, at=NOW)
    make_invoice(account.session, account)
    return NOW


@state
def _bills_overdue(account: Account) -> datetime:
    account.subscribe("A", "X", start=date(2026, 8, 1))
    account.use(640, at=NOW)
    for month in (9, 10):
        make_invoice(account.session, account, billed_on=date(2026, month, 1))
    return NOW


@state
def _ended_and_billed(account: Account) -> datetime:
    schedule = account.subscribe("A", "X", start=date(2026, 10, 1))
    make_invoice(account.session, account)
    schedule.end_date = date(2026, 11, 1)
    return NOW
