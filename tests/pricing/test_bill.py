from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    BillingType,
    CurrencyMismatchError,
    LineKind,
    Money,
    NumberError,
    Period,
    PriceTerms,
    PricingError,
    Proration,
    Service,
    TaxLine,
    Unit,
    make_bill,
    net_at,
    structure_from_dict,
)
from pricingsite.wording.bills import line_description

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
LAST_HALF = Period(date(2026, 11, 16), date(2026, 12, 1))
VAT = Decimal("0.20")
A = {"model": "fixed", "amount": "500.00"}
X = {
    "model": "graduated",
    "tiers": [
        {"upper_bound": "1000", "flat_fee": "250"},
        {"upper_bound": "2500", "unit_price": "0.45"},
        {"unit_price": "0.65"},
    ],
}
Asked = tuple[Service, Decimal | None]


def price(document: dict[str, Any], name: str, currency: str = "GBP", **more: Any) -> PriceTerms:
    usage = document["model"] != "fixed"
    return PriceTerms(
        id=name,
        name=name,
        currency=currency,
        structure=structure_from_dict(document),
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=Unit("API call", "API calls") if usage else None,
        metric_id="api_calls" if usage else None,
        **more,
    )


PLATFORM = price(A, "Platform access")
ADD_ON = price(X, "AI add-on")


def whole(terms: PriceTerms, quantity: str | None = None) -> Asked:
    return partial(terms, quantity, NOVEMBER)


def partial(terms: PriceTerms, quantity: str | None = None, period: Period = LAST_HALF) -> Asked:
    asked = None if quantity is None else Decimal(quantity)
    return Service(terms, period, NOVEMBER), asked


def bill(*services: Asked, currency: str = "GBP", tax_rate: Decimal = VAT) -> Bill:
    return make_bill(services, period=NOVEMBER, currency=currency, tax_rate=tax_rate)


def shown(found: Bill) -> list[tuple[str, str, str]]:
    """Each line's description, quantity and net."""
    return [(line_description(line), f"{line.quantity:f}", str(line.net)) for line in found.lines]


@pytest.mark.parametrize(
    ("calls", "add_on", "net", "gross"),
    [
        ("0", "250.00", "750.00", "900.00"),
        ("1", "250.00", "750.00", "900.00"),
        ("999", "250.00", "750.00", "900.00"),
        ("1000", "250.00", "750.00", "900.00"),
        ("1001", "250.45", "750.45", "900.54"),
        ("1500", "475.00", "975.00", "1170.00"),
        ("2499", "924.55", "1424.55", "1709.46"),
        ("2500", "925.00", "1425.00", "1710.00"),
        ("2501", "925.65", "1425.65", "1710.78"),
        ("5000", "2550.00", "3050.00", "3660.00"),
        ("100000", "64300.00", "64800.00", "77760.00"),
        ("1000000", "649300.00", "649800.00", "779760.00"),
    ],
)
def test_the_worked_example(calls: str, add_on: str, net: str, gross: str) -> None:
    assert str(bill(whole(ADD_ON, calls)).net) == add_on
    scale = bill(whole(PLATFORM), whole(ADD_ON, calls))
    assert (str(scale.net), str(scale.gross)) == (net, gross)
    assert scale.gross == scale.net + scale.tax


def test_each_tier_reached_is_a_line() -> None:
    assert shown(bill(whole(PLATFORM), whole(ADD_ON, "3200"))) == [
        ("Platform access", "1", "500.00"),
        ("AI add-on: first 1,000 API calls", "1000", "250.00"),
        ("AI add-on: API calls 1,001 to 2,500", "1500", "675.00"),
        ("AI add-on: API calls after 2,500", "700", "455.00"),
    ]


def test_no_usage_still_owes_the_first_tiers_fee() -> None:
    (line,) = bill(whole(ADD_ON, "0")).lines
    assert line.kind is LineKind.USAGE
    assert line_description(line) == "AI add-on: first 1,000 API calls"
    assert (line.quantity, line.unit_price, line.flat_fee) == (0, 0, 250)
    assert line.tier is not None
    assert (line.tier.first_unit, line.tier.last_unit) == (0, 1000)
    assert line.net == Money(25000, "GBP")


def test_a_fixed_line() -> None:
    (line,) = bill(whole(PLATFORM)).lines
    assert (line.price_id, line.kind) == ("Platform access", LineKind.FIXED)
    assert (line.quantity, line.unit_price, line.flat_fee) == (1, 500, None)
    assert (line.proration, line.tier) == (None, None)
    assert (line.period, line.tax_rate) == (NOVEMBER, VAT)


LINEAR = {"model": "linear", "unit_price": "0.10"}
PACKAGE = {"model": "package", "package_size": "250", "package_price": "10"}
VOLUME = X | {"model": "volume"}


@pytest.mark.parametrize(
    ("document", "calls", "line"),
    [
        (LINEAR, "550", ("Calls: API calls", "550", "55.00")),
        (LINEAR, "0", ("Calls: API calls", "0", "0.00")),
        (PACKAGE, "600", ("Calls: packages of 250 API calls", "3", "30.00")),
        (PACKAGE, "0", ("Calls: packages of 250 API calls", "0", "0.00")),
        (VOLUME, "0", ("Calls: 0 API calls at the up to 1,000 rate", "0", "250.00")),
        (VOLUME, "1", ("Calls: 1 API call at the up to 1,000 rate", "1", "250.00")),
        (VOLUME, "1500", ("Calls: 1,500 API calls at the 1,001 to 2,500 rate", "1500", "675.00")),
        (VOLUME, "2501", ("Calls: 2,501 API calls at the over 2,500 rate", "2501", "1625.65")),
    ],
)
def test_other_models_have_one_line(
    document: dict[str, Any], calls: str, line: tuple[str, str, str]
) -> None:
    assert shown(bill(whole(price(document, "Calls"), calls))) == [line]


def test_each_line_is_rounded_once_and_the_total_is_their_sum() -> None:
    half_penny = price({"model": "linear", "unit_price": "0.005"}, "Half pennies")
    found = bill(whole(half_penny, "1"), whole(half_penny, "1"), whole(half_penny, "3"))
    assert [str(line.net) for line in found.lines] == ["0.01", "0.01", "0.02"]
    assert str(found.net) == "0.04"


def test_fractional_and_huge_usage() -> None:
    assert shown(bill(whole(ADD_ON, "1000.5")))[1] == (
        "AI add-on: API calls 1,001 to 2,500",
        "0.5",
        "0.23",
    )
    huge = bill(whole(ADD_ON, "1000000000.000001"))
    assert str(huge.net) == "649999300.00"
    assert huge.lines[-1].quantity == Decimal("999997500.000001")


@pytest.mark.parametrize(
    ("currency", "calls", "net", "tax", "gross"),
    [
        ("GBP", "5", "0.63", "0.13", "0.76"),
        ("JPY", "4", "1", "0", "1"),
        ("JPY", "20", "3", "1", "4"),
        ("KWD", "5", "0.625", "0.125", "0.750"),
    ],
)
def test_a_bill_has_its_currencys_decimals(
    currency: str, calls: str, net: str, tax: str, gross: str
) -> None:
    terms = price({"model": "linear", "unit_price": "0.125"}, "Calls", currency)
    found = bill(whole(terms, calls), currency=currency)
    assert (str(found.net), str(found.tax), str(found.gross)) == (net, tax, gross)


def test_a_fixed_fee_is_prorated_by_days() -> None:
    january = Period(date(2027, 1, 1), date(2027, 2, 1))
    terms = price({"model": "fixed", "amount": "600.00"}, "Platform access")
    service = Service(terms, Period(date(2027, 1, 16), january.end), january)
    found = make_bill([(service, None)], period=january, currency="GBP", tax_rate=VAT)
    (line,) = found.lines
    assert (str(line.net), line.unit_price) == ("309.68", 600)
    assert line.proration == Proration(16, 31)
    assert line.period == service.period


def test_a_usage_price_keeps_its_fee_and_tiers_in_a_partial_period() -> None:
    found = bill(partial(ADD_ON, "1500"))
    assert [str(line.net) for line in found.lines] == ["250.00", "225.00"]
    assert [line.proration for line in found.lines] == [None, None]


@pytest.mark.parametrize("document", [LINEAR, PACKAGE])
def test_units_are_never_prorated(document: dict[str, Any]) -> None:
    terms = price(document, "Calls", prorate_flat_fees=True)
    (line,) = bill(partial(terms, "550")).lines
    assert line.proration is None
    assert line.net == bill(whole(terms, "550")).net


def test_a_usage_price_may_prorate_its_fees_but_never_its_bounds() -> None:
    terms = price(X, "AI add-on", prorate_flat_fees=True)
    first, second = bill(partial(terms, "1500")).lines
    assert (str(first.net), first.flat_fee, first.proration) == ("125.00", 250, Proration(15, 30))
    assert (str(second.net), second.quantity, second.proration) == ("225.00", 500, None)
    assert str(bill(whole(terms, "1500")).net) == "475.00"


def test_a_prorated_fee_and_its_units_are_rounded_together() -> None:
    document = {"model": "volume", "tiers": [{"unit_price": "0.005", "flat_fee": "0.01"}]}
    terms = price(document, "Calls", prorate_flat_fees=True)
    (line,) = bill(partial(terms, "1")).lines
    # Rounded apart, half a penny of each would come to 0.02.
    assert str(line.net) == "0.01"


def test_vat_is_rounded_once_on_the_sum() -> None:
    pennies = price({"model": "fixed", "amount": "0.02"}, "Pennies")
    found = bill(whole(pennies), whole(pennies), whole(pennies))
    assert found.taxes == (TaxLine(VAT, Money(6, "GBP"), Money(1, "GBP")),)
    assert (found.tax, found.gross) == (Money(1, "GBP"), Money(7, "GBP"))


def test_without_vat_gross_is_net() -> None:
    found = bill(whole(PLATFORM), tax_rate=Decimal(0))
    assert (found.tax, found.gross) == (Money.zero("GBP"), found.net)


def test_a_bill_of_nothing_is_nothing() -> None:
    found = bill()
    assert (found.lines, found.taxes) == ((), ())
    assert found.net == found.tax == found.gross == Money.zero("GBP")


def test_a_bill_has_one_currency() -> None:
    euros = price(A, "Zugang", "EUR")
    with pytest.raises(CurrencyMismatchError, match="price Zugang is in EUR, the bill in GBP"):
        bill(whole(PLATFORM), whole(euros))


def test_quantities_are_for_usage() -> None:
    with pytest.raises(PricingError, match="price AI add-on needs a quantity"):
        bill(whole(ADD_ON))
    with pytest.raises(PricingError, match="price Platform access takes no quantity"):
        bill(whole(PLATFORM, "1"))


@pytest.mark.parametrize("rate", [0.2, "0.20", Decimal("-0.2")])
def test_a_tax_rate_is_an_exact_fraction(rate: Any) -> None:
    with pytest.raises(NumberError, match="a VAT rate must"):
        bill(whole(PLATFORM), tax_rate=rate)


def test_a_price_alone_comes_to_what_its_lines_do() -> None:
    halves = price(
        {
            "model": "graduated",
            "tiers": [{"upper_bound": "1", "unit_price": "0.005"}, {"unit_price": "0.005"}],
        },
        "Halves of a penny",
    )
    # Each line is rounded, so that two of them are two pennies and not one.
    assert net_at(halves, Decimal(2)) == bill(whole(halves, "2")).net == Money(2, "GBP")
    assert net_at(ADD_ON, Decimal(0)) == Money(25_000, "GBP")
    assert net_at(ADD_ON, Decimal("2500.01")) == Money(92_501, "GBP")
