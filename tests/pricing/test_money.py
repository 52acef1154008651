from decimal import Decimal, Inexact
from fractions import Fraction
from typing import Any

import pytest

from pricingsite.pricing import (
    CurrencyMismatchError,
    Money,
    MoneyError,
    NumberError,
    PricingError,
    decimals_of,
    exact_context,
    parse_decimal,
)
from pricingsite.pricing.money import check_number, places_of, plain


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4)],
)
def test_a_currency_has_its_own_decimals(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


@pytest.mark.parametrize("code", ["gbp", "GB", "POUND", "", "£££", None, 826])
def test_what_is_no_currency_code_is_refused(code: Any) -> None:
    with pytest.raises(MoneyError, match="is not a currency code such as GBP"):
        decimals_of(code)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (142565, "GBP", "1425.65"),
        (5, "GBP", "0.05"),
        (0, "GBP", "0.00"),
        (-300, "GBP", "-3.00"),
        (1000, "JPY", "1000"),
        (1, "KWD", "0.001"),
        (12345, "CLF", "1.2345"),
        (10**40 + 1, "GBP", f"1{'0' * 38}.01"),
    ],
)
def test_an_amount_has_its_currencys_decimals(minor: int, currency: str, text: str) -> None:
    money = Money(minor, currency)
    assert str(money) == text
    assert str(money.amount) == text


@pytest.mark.parametrize("minor", [1.0, True, Decimal(1), "1", None])
def test_minor_units_are_whole_numbers(minor: Any) -> None:
    with pytest.raises(MoneyError, match="whole number of minor units"):
        Money(minor, "GBP")


@pytest.mark.parametrize(
    ("exact", "currency", "minor"),
    [
        ("0.005", "GBP", 1),
        ("0.004999999999", "GBP", 0),
        ("0.015", "GBP", 2),
        ("0.025", "GBP", 3),
        ("2.675", "GBP", 268),
        ("-0.005", "GBP", -1),
        ("-0.0049", "GBP", 0),
        ("-0.025", "GBP", -3),
        ("0.5", "JPY", 1),
        ("1.5", "JPY", 2),
        ("-2.5", "JPY", -3),
        ("0.0005", "KWD", 1),
        ("0.00049", "KWD", 0),
        ("10000000000000000000000000000000000.005", "GBP", 10**36 + 1),
    ],
)
def test_halves_round_away_from_zero(exact: str, currency: str, minor: int) -> None:
    assert Money.rounded(Decimal(exact), currency) == Money(minor, currency)
    assert Money.rounded(Fraction(exact), currency) == Money(minor, currency)


def test_a_third_is_rounded_once_from_its_exact_value() -> None:
    # 0.00499… would become 0.005 at three places, and 0.01 at the second rounding.
    assert Money.rounded(Fraction(149999, 10**7) / 3, "GBP") == Money(0, "GBP")


@pytest.mark.parametrize("exact", [0.1, 1, "1.00"])
def test_only_exact_amounts_are_rounded(exact: Any) -> None:
    with pytest.raises(MoneyError, match="a Decimal or a Fraction"):
        Money.rounded(exact, "GBP")


@pytest.mark.parametrize(
    ("minor", "factor", "part"),
    [
        (0, "0.2", 0),
        (2, "0.2", 0),
        (3, "0.2", 1),
        (5, "0.5", 3),
        (-5, "0.5", -3),
        (-2, "0.2", 0),
        (142565, "0.2", 28513),
        (1, "0.499999999999", 0),
        (10**40 + 5, "0.1", 10**39 + 1),
    ],
)
def test_a_part_of_an_amount_is_rounded_once(minor: int, factor: str, part: int) -> None:
    assert Money(minor, "GBP").times(Decimal(factor)) == Money(part, "GBP")


def test_a_total_is_of_one_currency() -> None:
    assert Money.total([], "JPY") == Money(0, "JPY")
    assert Money.total([Money(1, "GBP"), Money(-3, "GBP")], "GBP") == Money(-2, "GBP")
    with pytest.raises(CurrencyMismatchError, match="GBP and EUR cannot be mixed"):
        Money.total([Money(1, "GBP"), Money(0, "EUR")], "GBP")


def test_trailing_zeros_are_no_decimals() -> None:
    assert check_number(Decimal("1.50000000"), places=1) == Decimal("1.5")
    assert check_number(Decimal("0E-20"), places=0) == 0
    with pytest.raises(NumberError, match="at most 1 decimal places"):
        check_number(Decimal("1.51"), places=1)


def test_amounts_add_up() -> None:
    one, two = Money(100, "GBP"), Money(250, "GBP")
    assert one + two == Money(350, "GBP")
    assert one - two == Money(-150, "GBP") == -Money(150, "GBP")
    assert sum([one, two, one]) == Money(450, "GBP")
    assert sum([], Money.zero("GBP")) == Money(0, "GBP")
    assert one < two
    assert max(one, two) is two
    assert one <= Money(100, "GBP") >= one


def test_currencies_do_not_mix() -> None:
    pounds, euros = Money(1, "GBP"), Money(1, "EUR")
    for mix in (
        lambda: pounds + euros,
        lambda: pounds - euros,
        lambda: pounds < euros,
        lambda: pounds >= euros,
        lambda: sum([pounds, euros]),
    ):
        with pytest.raises(CurrencyMismatchError, match="GBP and EUR cannot be mixed"):
            mix()
    assert pounds != euros


@pytest.mark.parametrize("other", [1, 0.5, Decimal(1)])
def test_an_amount_does_not_mix_with_numbers(other: Any) -> None:
    for mix in (
        lambda: Money(1, "GBP") + other,
        lambda: other + Money(1, "GBP"),
        lambda: Money(1, "GBP") - other,
        lambda: Money(1, "GBP") < other,
    ):
        with pytest.raises(TypeError):
            mix()


def test_the_exact_context_holds_sixty_digits_and_no_more() -> None:
    with exact_context():
        assert Decimal("1" * 30) * Decimal("1" + "0" * 29 + "1")
        assert Decimal(10) ** 59 + 1 == Decimal("1" + "0" * 58 + "1")
        with pytest.raises(Inexact):
            Decimal(10) ** 60 + 1
        with pytest.raises(Inexact):
            Decimal(1) / 3


@pytest.mark.parametrize(
    "text", ["0", "0.45", "1500", "1500.000001", "0.000000000001", "007.50", "999999999999999"]
)
def test_plain_decimals_are_read_exactly(text: str) -> None:
    assert str(parse_decimal(text)) == str(Decimal(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (0.45, "must be written in quotes"),
        (1, "must be written in quotes"),
        (True, "must be written in quotes"),
        (None, "must be written in quotes"),
        (Decimal("0.45"), "must be written in quotes"),
        ("", "plain decimal"),
        ("1e3", "plain decimal"),
        ("1E+3", "plain decimal"),
        ("NaN", "plain decimal"),
        ("Infinity", "plain decimal"),
        ("+1", "plain decimal"),
        (" 1", "plain decimal"),
        ("1\n", "plain decimal"),
        ("1,000", "plain decimal"),
        ("1_000", "plain decimal"),
        (".5", "plain decimal"),
        ("5.", "plain decimal"),
        ("٣", "plain decimal"),
        ("-1", "must not be negative"),
        ("0.0000000000001", "at most 12 decimal places"),
        ("1000000000000000", "at most 15 digits before the point"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: Any, reason: str) -> None:
    with pytest.raises(NumberError, match=f"^the number .*{reason}"):
        parse_decimal(text)


def test_trailing_zeros_are_no_places() -> None:
    assert parse_decimal("1.0000000", places=6) == 1
    with pytest.raises(NumberError, match="at most 6 decimal places"):
        parse_decimal("1.0000001", places=6)


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        ("0.450", 2, "0.45"),
        ("1500.000000", 0, "1500"),
        ("1E+3", 0, "1000"),
        ("1E-7", 7, "0.0000001"),
        ("0E-12", 0, "0"),
        ("-0.0", 0, "0"),
        ("100", 0, "100"),
        ("-1.50", 1, "-1.5"),
    ],
)
def test_numbers_are_written_plainly(number: str, places: int, text: str) -> None:
    assert places_of(Decimal(number)) == places
    assert plain(Decimal(number)) == text


def test_every_refusal_is_a_value_error() -> None:
    assert issubclass(PricingError, ValueError)
    assert issubclass(CurrencyMismatchError, PricingError)
