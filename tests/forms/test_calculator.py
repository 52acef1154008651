"""The calculator's form reads what people type exactly, or says what to type."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from pricingsite.forms.calculator import CalculatorForm
from pricingsite.forms.numbers import TypedNumberError, parse_number
from pricingsite.models.catalog import UsageMetric, unit_of
from pricingsite.pricing import Aggregation

READ = [
    ("0", "0"),
    ("000", "0"),
    ("999", "999"),
    ("3200", "3200"),
    ("3,200", "3200"),
    ("3 200", "3200"),
    ("3\u00a0200", "3200"),
    ("3\u202f200", "3200"),
    ("3'200", "3200"),
    ("3_200", "3200"),
    ("1,234,567", "1234567"),
    (" 12 ", "12"),
    ("+5", "5"),
    ("007", "7"),
    ("3.2k", "3200"),
    ("3.2 K", "3200"),
    ("1m", "1000000"),
    ("1.5M", "1500000"),
    ("0.5", "0.5"),
    (".5", "0.5"),
    ("5.", "5"),
    ("1000.500000", "1000.5"),
    ("0.000001", "0.000001"),
    ("0.0000010", "0.000001"),
    ("0.000000001k", "0.000001"),
    ("1,000,000,000,000", "1000000000000"),
    ("000000000000000000005", "5"),
    ("999999999999.999999", "999999999999.999999"),
    ("0." + "0" * 400, "0"),
    ("12.3450", "12.345"),
    ("0.345", "0.345"),
    ("3200.500", "3200.5"),
    ("1.234.567", "1234567"),
    ("1.234,5", "1234.5"),
    ("1 234,567", "1234.567"),
    ("1,234.567", "1234.567"),
]
REFUSED = [
    ("-1", "0 or more"),
    ("\N{MINUS SIGN}1", "0 or more"),
    ("-lots", "0 or more"),
    ("lots", "a number"),
    ("k", "a number"),
    (".", "a number"),
    ("1e9", "a number"),
    ("NaN", "a number"),
    ("Infinity", "a number"),
    ("0x10", "a number"),
    ("1.2.3", "a number"),
    ("3,2", "a number"),
    ("3,20", "a number"),
    ("1,0000", "a number"),
    ("12 34", "a number"),
    ("1,234.5,6", "a number"),
    ("\u0663", "a number"),
    ("1 000 x", "a number"),
    ("0.0000001", "6 decimals"),
    ("1000.1234567", "6 decimals"),
    ("0." + "1" * 400, "6 decimals"),
    ("1." + "0" * 40 + "1", "6 decimals"),
    ("1000000000000.1", "1,000,000,000,000 or fewer"),
    ("1000001m", "1,000,000,000,000 or fewer"),
    ("1000000000001", "1,000,000,000,000 or fewer"),
    ("0,500", "a number"),
    ("1,234 567", "a number"),
    ("1,00,000", "a number"),
    ("3.200", r"could be 3,200 or 3\.2: type 3200 or 3\.2$"),
    ("12.345", r"could be 12,345 or 12\.345: type 12345 or 12\.3450$"),
    ("1.000", "could be 1,000 or 1: type 1000 or 1"),
    ("3.200k", r"could be 3,200,000 or 3,200: type 3200000 or 3200$"),
    ("9" * 4000, "1,000,000,000,000 or fewer"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_quantities_are_read_exactly(text: str, expected: str) -> None:
    assert parse_number(text) == Decimal(expected)


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_cannot_be_read_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(TypedNumberError, match=why):
        parse_number(text)


WHOLE = [
    ("1.5", "must be a whole number"),
    ("1.2345k", "must be a whole number"),
    (
        "3.200",
        "must be a whole number, and this could be 3,200 or 3.2: type 3200 if you mean 3,200",
    ),
    ("3.200k", "could be 3,200,000 or 3,200: type 3200000 or 3200"),
]


@pytest.mark.parametrize(("text", "why"), WHOLE)
def test_whole_units_take_whole_numbers(text: str, why: str) -> None:
    with pytest.raises(TypedNumberError) as refused:
        parse_number(text, whole=True)
    assert str(refused.value) == why


def test_three_decimals_are_the_own_form_of_some_currencies() -> None:
    assert parse_number("850.125", places=3) == Decimal("850.125")
    with pytest.raises(TypedNumberError, match=r"could be 850,100 or 850\.1"):
        parse_number("850.100", places=2)


def metric(
    id_: str = "api_calls", aggregation: str = "sum", plural: str = "API calls"
) -> UsageMetric:
    kind = Aggregation(aggregation)
    return UsageMetric(id=id_, aggregation=kind, unit=plural[:-1], unit_plural=plural)


def form(metrics: list[UsageMetric], **typed: str) -> CalculatorForm:
    return CalculatorForm({one.id: unit_of(one) for one in metrics}, MultiDict(typed))


def test_a_form_without_text_is_blank_and_asks_for_nothing() -> None:
    for typed in ({}, {"api_calls": ""}, {"api_calls": "  "}, {"other": "5"}):
        blank = form([metric()], **typed)
        assert blank.is_valid()
        assert blank.quantities == {}


def test_each_metric_has_its_labelled_field() -> None:
    filled = form([metric(), metric("seats", "max", "seats")], api_calls="3.2k", seats="")
    assert [field.label.text for field in filled] == ["API calls", "Seats"]
    assert filled.is_valid()
    assert filled.quantities == {"api_calls": Decimal(3200)}
    assert filled.in_words == "3,200 API calls"


def test_metrics_may_be_named_like_a_forms_own_parts() -> None:
    odd = form(
        [metric("data", plural="gigabytes"), metric("errors", plural="errors")],
        data="1",
        errors="2",
    )
    assert odd.is_valid()
    assert odd.quantities == {"data": Decimal(1), "errors": Decimal(2)}


def test_errors_name_the_metric_and_keep_what_was_typed() -> None:
    failed = form([metric()], api_calls="lots")
    assert not failed.is_valid()
    assert failed.errors == {"api_calls": ["API calls must be a number, such as 3,200"]}
    assert failed["api_calls"].data == "lots"


@pytest.mark.parametrize("aggregation", ["count", "unique"])
def test_what_is_counted_whole_takes_no_decimals(aggregation: str) -> None:
    failed = form([metric(aggregation=aggregation)], api_calls="1.5")
    assert not failed.is_valid()
    assert failed.errors == {"api_calls": ["API calls must be a whole number"]}
    assert form([metric(aggregation=aggregation)], api_calls="1.5k").is_valid()


@pytest.mark.parametrize(("aggregation", "whole"), [("count", False), ("sum", True)])
def test_the_catalog_may_say_otherwise(aggregation: str, *, whole: bool) -> None:
    one = metric(aggregation=aggregation)
    one.whole = whole
    assert form([one], api_calls="1.5").is_valid() is not whole


@pytest.mark.parametrize("aggregation", ["sum", "max", "latest"])
def test_what_events_measure_takes_decimals(aggregation: str) -> None:
    assert form([metric(aggregation=aggregation)], api_calls="1.5").is_valid()


@pytest.mark.parametrize(("typed", "talk"), [("999,999,999", False), ("1,000,000,000", True)])
def test_a_billion_is_a_matter_for_a_talk(typed: str, *, talk: bool) -> None:
    filled = form([metric()], api_calls=typed)
    assert filled.is_valid()
    assert filled.talk_to_us is talk


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("3.2K calls", 3200), ("1 API call", 1), ("3200calls", 3200), ("5 API CALLS", 5)],
)
def test_a_quantity_may_say_its_unit(text: str, quantity: int) -> None:
    assert form([metric()], api_calls=text).quantities == {"api_calls": Decimal(quantity)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("£3200", "API calls must be a number of API calls, not an amount of money"),
        ("5 €", "API calls must be a number of API calls, not an amount of money"),
        ("3200 seats", "API calls must be a number, such as 3,200"),
        ("calls", "API calls must be a number, such as 3,200"),
    ],
)
def test_what_is_no_quantity_of_the_unit_is_asked_back(text: str, why: str) -> None:
    failed = form([metric()], api_calls=text)
    assert not failed.is_valid()
    assert failed.errors == {"api_calls": [why]}


def test_a_unit_that_is_also_a_thousand_is_asked_back() -> None:
    failed = form([metric("length", plural="ms")], length="5 m")
    assert not failed.is_valid()
    assert failed.errors == {"length": ["Ms could be 5,000,000 or 5: type 5000000 or 5"]}
