from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.accounts import NOW, START, Account, lines, money, noon

from pricingsite.models.catalog import Product, UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.pricing import Aggregation
from pricingsite.services.billing.periods import State
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.customers.verification import approve_business, verify_tax_id
from pricingsite.services.estimates.estimates import estimate
from pricingsite.web import documents


def test_a_customer_without_a_schedule_has_no_estimate(account: Account) -> None:
    assert estimate(account.session, account.customer, now=NOW) is None


# calls, net, gross
SCALE = [
    ("0", "750.00", "900.00"),
    ("1", "750.00", "900.00"),
    ("999", "750.00", "900.00"),
    ("999.5", "750.00", "900.00"),
    ("1000", "750.00", "900.00"),
    ("1000.5", "750.23", "900.28"),
    ("1001", "750.45", "900.54"),
    ("1500", "975.00", "1170.00"),
    ("2499", "1424.55", "1709.46"),
    ("2500", "1425.00", "1710.00"),
    ("2500.000001", "1425.00", "1710.00"),
    ("2501", "1425.65", "1710.78"),
    ("5000", "3050.00", "3660.00"),
    ("1000000", "649800.00", "779760.00"),
    ("1000000000", "649999800.00", "779999760.00"),
]


@pytest.mark.parametrize(("calls", "net", "gross"), SCALE)
def test_scale_is_right_to_the_penny_in_every_tier(
    account: Account, calls: str, net: str, gross: str
) -> None:
    account.subscribe("A", "X")
    account.use(calls)
    found = account.read()
    assert found.positions[0].quantity == Decimal(calls)
    assert (str(found.bill.net), str(found.bill.gross)) == (net, gross)


def test_a_bill_is_told_line_by_line_with_every_tier_reached(account: Account) -> None:
    account.subscribe("A", "X")
    account.use(1000, 1000, 500, 1)
    found = account.read()
    assert lines(found) == [
        ("Platform access", "1", "500.00"),
        ("AI add-on: first 1,000 API calls", "1000", "250.00"),
        ("AI add-on: API calls 1,001 to 2,500", "1500", "675.00"),
        ("AI add-on: API calls after 2,500", "1", "0.65"),
    ]
    assert money(found) == ("1425.65", "285.13", "1710.78")
    assert [(share.name, str(share.net)) for share in found.shares] == [
        ("Platform access", "500.00"),
        ("AI add-on", "925.65"),
    ]
    tiers = found.positions[0].bands
    assert [(tier.band.last_unit, tier.used, str(tier.net)) for tier in tiers] == [
        (1000, 1000, "250.00"),
        (2500, 1500, "675.00"),
        (None, 1, "0.65"),
    ]


def test_a_bill_at_zero_usage_says_what_it_consists_of(account: Account) -> None:
    account.subscribe("A", "X")
    found = account.read()
    assert found.unused
    assert found.counted_to is None
    assert money(found) == ("750.00", "150.00", "900.00")
    assert [(share.name, str(share.net)) for share in found.shares] == [
        ("Platform access", "500.00"),
        ("AI add-on", "250.00"),
    ]
    assert [(band.used, str(band.net), band.here) for band in found.positions[0].bands] == [
        (0, "250.00", True),
        (0, "0.00", False),
        (0, "0.00", False),
    ]


def test_a_start_customer_has_no_usage_to_show(account: Account) -> None:
    account.subscribe("A")
    found = account.read()
    assert money(found) == ("500.00", "100.00", "600.00")
    assert (found.positions, found.counted_to, found.unused) == ((), None, False)
    assert found.products == ("Platform access",)


def test_as_of_what_period_and_when_billed(account: Account) -> None:
    account.subscribe("A", "X")
    account.use(640, at=datetime(2026, 11, 23, 18, 35, tzinfo=UTC))
    found = account.read()
    assert found.state is State.ACTIVE
    assert (found.period.start, found.period.last_day) == (START, date(2026, 11, 30))
    assert found.timezone == "Europe/London"
    assert found.resets_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert found.as_of == NOW
    assert found.counted_to == datetime(2026, 11, 23, 18, 35, tzinfo=UTC)
    assert found.invoice_on == date(2026, 12, 1)
    days = account.session.get_one(Merchant, 1).payment_days
    assert found.due_on == date(2026, 12, 1) + timedelta(days=days)
    assert found.products == ("Platform access", "AI add-on")


def test_nothing_is_counted_to_later_than_now(account: Account) -> None:
    account.subscribe("A", "X")
    account.use(1, at=NOW + timedelta(minutes=4))
    assert account.read().counted_to == NOW


def test_products_are_the_customers_once_its_order_is_verified(account: Account) -> None:
    schedule = account.subscribe("A", "X")
    assert account.read().entitled, "a deal needs no verification"
    account.order(schedule)
    assert not account.read().entitled
    account.customer.verified_at = NOW
    assert account.read().entitled
    assert not account.read(noon(2026, 10, 31)).entitled


def test_in_json_the_bill_keeps_its_contract(account: Account) -> None:
    account.subscribe("A", "X")
    account.use(1500)
    found = documents.estimate(account.read())
    assert (
        found.items()
        >= {
            "currency": "GBP",
            "net": "975.00",
            "tax": "195.00",
            "gross": "1170.00",
            "period": {"start": "2026-11-01", "end": "2026-12-01"},
            "as_of": "2026-11-23T18:40:00+00:00",
            "counted_to": "2026-11-20T12:00:00+00:00",
            "invoice_on": "2026-12-01",
            "state": "active",
        }.items()
    )
    assert found["lines"][2] == {
        "price_id": "X",
        "kind": "usage",
        "description": "AI add-on: API calls 1,001 to 2,500",
        "period": {"start": "2026-11-01", "end": "2026-12-01"},
        "quantity": "500",
        "unit_price": "0.45",
        "flat_fee": "0",
        "proration": None,
        "tax_rate": "0.2",
        "net": "225.00",
    }


@pytest.mark.parametrize(
    ("price_ids", "calls", "net"),
    [
        (("B", "Y"), 0, "975.00"),
        (("B", "Y"), 2000, "975.00"),
        (("B", "Y"), 2001, "975.40"),
        (("B", "Y"), 2501, "1175.40"),
        (("C", "Z"), 5000, "1350.00"),
        (("C", "Z"), 5001, "1350.65"),
        (("D", "X"), 1001, "650.45"),
        (("Y",), 2500, "350.00"),
    ],
)
def test_a_custom_deal_is_billed_by_its_own_prices(
    account: Account, price_ids: tuple[str, ...], calls: int, net: str
) -> None:
    # It stands since a day in the past, and is in its second period.
    account.subscribe(*price_ids, start=date(2026, 10, 15))
    account.use(70_000, at=noon(2026, 11, 14))
    if calls:
        account.use(calls)
    found = account.read()
    assert str(found.bill.net) == net
    assert (found.period.start, found.period.end) == (date(2026, 11, 15), date(2026, 12, 15))


def test_before_the_start_nothing_is_counted_and_the_first_bill_is_shown(account: Account) -> None:
    account.subscribe("A", "X", start=date(2027, 1, 31))
    account.use(5000)
    found = account.read()
    assert found.state is State.UPCOMING
    assert money(found) == ("750.00", "150.00", "900.00")
    assert found.positions[0].quantity == 0
    assert (found.period.start, found.period.end) == (date(2027, 1, 31), date(2027, 2, 28))
    assert found.invoice_on == date(2027, 2, 28)


def test_after_the_end_the_last_bill_is_shown(account: Account) -> None:
    account.subscribe("A", "X", end=date(2026, 11, 16))
    account.use(1200, at=noon(2026, 11, 15))
    account.use(900, at=noon(2026, 11, 16))
    found = account.read()
    assert found.state is State.ENDED
    assert (found.period.start, found.period.last_day) == (START, date(2026, 11, 15))
    # Fifteen of thirty days of £500; the usage price keeps its whole fee and tiers.
    assert lines(found) == [
        ("Platform access", "1", "250.00"),
        ("AI add-on: first 1,000 API calls", "1000", "250.00"),
        ("AI add-on: API calls 1,001 to 2,500", "200", "90.00"),
    ]
    assert found.invoice_on == date(2026, 11, 16)
    assert not found.entitled


@pytest.mark.parametrize(
    ("country", "tax_id", "tax"),
    [
        ("GB", None, "100.00"),
        ("GB", "GB123456782", "100.00"),
        ("DE", "DE136695976", "0.00"),
        ("DE", None, "100.00"),
        ("US", None, "0.00"),
    ],
)
def test_vat_follows_the_customer_once_it_is_verified(
    account: Account, country: str, tax_id: str | None, tax: str
) -> None:
    account.customer = create_customer(
        account.session,
        CustomerDetails(
            legal_name="Elsewhere", billing_email="a@b.example", country=country, tax_id=tax_id
        ),
        now=NOW,
    )
    account.subscribe("A")
    assert str(account.read().bill.tax) == "100.00"
    if tax_id:
        verify_tax_id(account.session, account.customer, consultation="WAPI7", now=NOW)
    elif country == "US":
        approve_business(account.session, account.customer, evidence="Delaware 7", now=NOW)
    assert str(account.read().bill.tax) == tax


def test_the_vat_rate_is_that_of_the_day_of_the_invoice(account: Account) -> None:
    account.session.add(VatRateRow(valid_from=date(2026, 12, 1), rate=Decimal("0.175")))
    account.subscribe("A", start=date(2026, 10, 1))
    assert money(account.read(noon(2026, 10, 15))) == ("500.00", "100.00", "600.00")
    assert money(account.read()) == ("500.00", "87.50", "587.50")


def test_usage_of_two_metrics_is_metered_apart(account: Account) -> None:
    account.session.add(
        UsageMetric(
            id="pages",
            position=9,
            event_type="page",
            aggregation=Aggregation.COUNT,
            unit="page",
            unit_plural="pages",
        )
    )
    account.session.add(Product(id="scans", position=9, name="Scans"))
    account.session.flush()
    account.price(
        "SCANS",
        like="X",
        product_id="scans",
        metric_id="pages",
        structure={"model": "linear", "unit_price": "2"},
    )
    account.subscribe("X", "SCANS")
    account.use(1001)
    account.use(1, 1, 1, type_="page")
    found = account.read()
    assert [(position.unit.plural, position.quantity) for position in found.positions] == [
        ("API calls", 1001),
        ("pages", 3),
    ]
    assert money(found)[0] == "256.45"


def test_another_customers_usage_is_never_on_the_bill(account: Account, session: Session) -> None:
    account.subscribe("A", "X")
    other = account.customer
    account.customer = create_customer(
        session, CustomerDetails(legal_name="B", billing_email="b@b.example", country="GB"), now=NOW
    )
    account.subscribe("A", "X")
    account.use(2501)
    account.customer = other
    assert money(account.read())[0] == "750.00"


def test_an_estimate_is_read_from_rollups_in_few_queries(
    account: Account, queries: Callable[..., AbstractContextManager[Iterator[str]]]
) -> None:
    account.subscribe("A", "X")
    account.use(*[1] * 300)
    customer_id = account.customer.id
    account.session.commit()
    account.session.expunge_all()
    customer = account.session.get_one(Customer, customer_id)
    with queries(at_most=7) as statements:
        found = estimate(account.session, customer, now=NOW)
    assert found is not None
    assert found.positions[0].quantity == 300
    assert not [statement for statement in statements if "usage_events" in statement]
