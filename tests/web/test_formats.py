"""How values are written on pages."""

from datetime import UTC, date, datetime
from decimal import Decimal, localcontext

import pytest
from babel import Locale
from babel.numbers import format_currency

from pricingsite.pricing import Money, decimals_of
from pricingsite.web import formats


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (142565, "GBP", "£1,425.65"),
        (0, "GBP", "£0.00"),
        (-300, "GBP", "\N{MINUS SIGN}£3.00"),
        (64_980_000, "GBP", "£649,800.00"),
        (1000, "JPY", "JP¥1,000"),
        (1234, "KWD", "KWD1.234"),
        (150, "EUR", "€1.50"),
        (10**17 + 1, "GBP", "£1,000,000,000,000,000.01"),
        (10**29 + 1, "GBP", "£1,000,000,000,000,000,000,000,000,000.01"),
    ],
)
def test_money_is_one_text(minor: int, currency: str, text: str) -> None:
    assert formats.money(Money(minor, currency)) == text


def test_money_is_written_as_babel_writes_it() -> None:
    """In every currency of CLDR, and in one that none of its tables has."""
    locale = Locale("en", "GB")
    for currency in [*locale.currencies, "XYZ"]:
        for minor in (0, 1, -1, 99_999, 100_000, -123_456_789, 10**33 + 1):
            money = Money(minor, currency)
            decimals = "0" * decimals_of(currency)
            with localcontext(prec=60):
                text = format_currency(
                    abs(money.amount),
                    currency,
                    "¤#,##0" + (f".{decimals}" if decimals else ""),
                    locale=locale,
                    currency_digits=False,
                )
            assert formats.money(money) == ("\N{MINUS SIGN}" if minor < 0 else "") + text


@pytest.mark.parametrize(
    ("rate", "currency", "text"),
    [
        ("0.45", "GBP", "£0.45"),
        ("0.4", "GBP", "£0.40"),
        ("250", "GBP", "£250.00"),
        ("0.000000000001", "GBP", "£0.000000000001"),
        ("0.5", "JPY", "JP¥0.5"),
        ("3", "JPY", "JP¥3"),
        (
            "1000000000000000000000000000.000000000023",
            "GBP",
            "£1,000,000,000,000,000,000,000,000,000.000000000023",
        ),
    ],
)
def test_rates_keep_their_own_decimals(rate: str, currency: str, text: str) -> None:
    assert formats.rate(Decimal(rate), currency) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1500", "1,500"),
        ("0.500000", "0.5"),
        ("1E+6", "1,000,000"),
        ("1000.5", "1,000.5"),
        ("0", "0"),
    ],
)
def test_quantities_have_no_idle_decimals(value: str, text: str) -> None:
    assert formats.quantity(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("0.20", "20%"), ("0.175", "17.5%"), ("0", "0%")])
def test_fractions_are_shown_as_percentages(value: str, text: str) -> None:
    assert formats.percent(Decimal(value)) == text


@pytest.mark.parametrize(
    ("start", "last", "text"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "1 to 30 November 2026"),
        (date(2026, 11, 15), date(2026, 12, 14), "15 November to 14 December 2026"),
        (date(2026, 12, 15), date(2027, 1, 14), "15 December 2026 to 14 January 2027"),
        (date(2026, 11, 1), date(2026, 11, 1), "1 November 2026"),
    ],
)
def test_stretches_of_days_read_naturally(start: date, last: date, text: str) -> None:
    assert formats.days(start, last) == text


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 11, 23, 18, 40, tzinfo=UTC), "23 November 2026, 18:40 GMT"),
        (datetime(2026, 7, 31, 23, 30, tzinfo=UTC), "1 August 2026, 00:30 BST"),
    ],
)
def test_moments_are_in_the_merchants_zone(instant: datetime, text: str) -> None:
    assert formats.when(instant, "Europe/London") == text


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (171_750, "GBP", "£1,720"),
        (75_000, "GBP", "£750"),
        (6_534, "GBP", "£65.30"),
        (7, "GBP", "£0.07"),
        (0, "GBP", "£0.00"),
        (64_980_000, "GBP", "£650,000"),
        (1_235, "JPY", "JP¥1,240"),
    ],
)
def test_what_is_not_known_to_the_penny_has_three_figures(
    minor: int, currency: str, text: str
) -> None:
    assert formats.about(Money(minor, currency)) == text


@pytest.mark.parametrize(
    ("low", "high", "least", "text"),
    [
        (160_300, 188_100, 142_565, "between £1,600 and £1,890"),
        (142_700, 188_100, 142_565, "between £1,425.65 and £1,890"),
        (142_565, 188_100, 142_565, "between £1,425.65 and £1,890"),
        (75_000, 75_000, 75_000, "£750.00"),
        (142_565, 142_565, 75_000, "about £1,430"),
        (99_999, 100_001, 0, "between £999 and £1,010"),
    ],
)
def test_a_range_is_rounded_outwards_and_never_below_what_is_certain(
    low: int, high: int, least: int, text: str
) -> None:
    gbp = (Money(minor, "GBP") for minor in (low, high, least))
    assert formats.likely(*gbp) == text


@pytest.mark.parametrize(
    ("low", "high", "least", "text"),
    [
        ("1.0321", "1.3412", "0.68", "1.03 to 1.35"),
        ("2837.512", "3391.2", "2200", "2,830 to 3,400"),
        ("2837", "3391", "2833", "2,833 to 3,400"),
        ("0.000025", "0.0000345", "0", "0.000025 to 0.000035"),
        ("2", "7", "0", "2 to 7"),
        ("0", "0", "0", "0"),
    ],
)
def test_a_range_of_units_is_rounded_as_one_of_amounts(
    low: str, high: str, least: str, text: str
) -> None:
    assert formats.likely_quantities(*map(Decimal, (low, high, least))) == text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("0 500000 999999", "0 500,000 999,999"),
        ("0 500000 1000000 1500000", "0 0.5M 1.0M 1.5M"),
        ("0 1000000 2000000", "0 1M 2M"),
        ("0 500000000 1000000000", "0 0.5B 1.0B"),
        ("0 0.5 1", "0 0.5 1.0"),
    ],
)
def test_quantities_of_an_axis_have_one_form(values: str, words: str) -> None:
    assert formats.axis_quantities([*map(Decimal, values.split())]) == words.split()


@pytest.mark.parametrize(
    ("values", "currency", "words"),
    [
        ("0 750 1500", "GBP", "£0 £750 £1,500"),
        ("0 0.5 1", "EUR", "€0.00 €0.50 €1.00"),
        ("0 500000 1000000", "GBP", "£0 £0.5M £1.0M"),
        ("0 50 100", "JPY", "JP¥0 JP¥50 JP¥100"),
    ],
)
def test_amounts_of_an_axis_have_one_form(values: str, currency: str, words: str) -> None:
    assert formats.axis_amounts([*map(Decimal, values.split())], currency) == words.split()


def test_rates_of_an_axis_have_the_decimals_of_the_finest() -> None:
    rates = [Decimal(0), Decimal("0.000016666"), Decimal("0.00002")]
    assert formats.axis_rates(rates, "GBP") == ["£0.000000000", "£0.000016666", "£0.000020000"]


def test_points_of_a_column_stand_under_each_other() -> None:
    column = [Decimal("0.000016666"), Decimal("0.45"), Decimal(0)]
    told = [formats.rate(one, "GBP", column) for one in column]
    assert [text.rstrip() for text in told] == ["£0.000016666", "£0.45", "£0.00"]
    assert {len(text) for text in told} == {len("£0.000016666")}
    whole, half = (formats.quantity(one, [Decimal("0.5")]) for one in (Decimal(2), Decimal("0.5")))
    assert (whole.rstrip(), half, len(whole)) == ("2", "0.5", 3)
