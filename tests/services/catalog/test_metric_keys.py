"""A metric's name, how its prices are shown, and which events it counts: read, applied, frozen."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session
from support.factories import AMARA

from pricingsite.models.catalog import UsageMetric, unit_of
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog

NOW = datetime(2026, 11, 23, tzinfo=UTC)
UNIT = 'unit = "API call"\n'
SHOWN = 'name = "Egress"\ndisplay_per = "1000"\nwhere = { region = "eu", tier = " c" }\n'
ANOTHER = """
[[metrics]]
id = "other"
event_type = "api_call"
aggregation = "count"
unit = "call"
"""


def text(metric: str = "", another: str = "") -> str:
    """Amara's file with keys added to its metric, and to another one."""
    amara = AMARA.read_text().replace(UNIT, UNIT + metric, 1)
    return amara + ANOTHER + another


def put(session: Session, metric: str = "", another: str = "") -> None:
    document = read_catalog(text(metric, another).encode())
    apply(session, document, archive=False, now=NOW)


def problems(metric: str = "", another: str = "") -> tuple[str, ...]:
    with pytest.raises(CatalogError) as error:
        read_catalog(text(metric, another).encode())
    return error.value.problems


def test_the_keys_are_stored(session: Session) -> None:
    put(session, SHOWN)
    metric = session.get_one(UsageMetric, "api_calls")
    assert metric.where == {"region": "eu", "tier": " c"}
    unit = unit_of(metric)
    assert (unit.name, unit.per, unit.title) == ("Egress", Decimal(1000), "Egress")


def test_left_out_they_mean_what_they_did(session: Session) -> None:
    put(session)
    metric = session.get_one(UsageMetric, "api_calls")
    assert (metric.name, metric.display_per, metric.where) == (None, None, {})
    unit = unit_of(metric)
    assert (unit.name, unit.per, unit.title) == (None, Decimal(1), "API calls")


def test_a_name_that_is_the_unit_says_nothing_more(session: Session) -> None:
    put(session, 'name = "API Calls"\n')
    assert unit_of(session.get_one(UsageMetric, "api_calls")).name is None


def test_names_and_what_is_shown_may_change_of_a_used_metric(session: Session) -> None:
    put(session, SHOWN)
    put(session, SHOWN.replace("Egress", "Traffic").replace("1000", "10"))
    unit = unit_of(session.get_one(UsageMetric, "api_calls"))
    assert (unit.name, unit.per) == ("Traffic", Decimal(10))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (SHOWN, "", 'region = "eu", tier = " c"'),
        ("", SHOWN, "none"),
        (SHOWN, SHOWN.replace("eu", "us"), 'region = "eu", tier = " c"'),
    ],
)
def test_a_used_metric_keeps_its_where(session: Session, was: str, now: str, said: str) -> None:
    put(session, was)
    with pytest.raises(CatalogError) as error:
        put(session, now)
    assert error.value.problems == (
        (
            f"metrics[0].where: metric api_calls is used and cannot change (it is {said}); "
            "give the new metric a new id"
        ),
    )


def test_an_unused_metric_may_count_other_events(session: Session) -> None:
    put(session)
    put(session, another='where = { region = "eu" }\n')
    assert session.get_one(UsageMetric, "other").where == {"region": "eu"}


@pytest.mark.parametrize(
    ("metric", "another", "problem"),
    [
        ("where = {}\n", "", "metrics[0].where: name at least one property, or leave it out"),
        (
            "where = { region = 5 }\n",
            "",
            "metrics[0].where.region: expected text in quotes, found a number",
        ),
        ('where = { region = "" }\n', "", "metrics[0].where.region: expected text, found none"),
        (
            'where = "eu"\n',
            "",
            "metrics[0].where: expected a table of keys, found text",
        ),
        (
            f'where = {{ region = "{"x" * 256}" }}\n',
            "",
            "metrics[0].where.region: expected at most 255 characters",
        ),
        (
            'where = { calls = "5" }\n',
            "",
            ("metrics[0].where.calls: metrics[0] reads calls as a number, and where compares text"),
        ),
        (
            "",
            'where = { calls = "5" }\n',
            ("metrics[1].where.calls: metrics[0] reads calls as a number, and where compares text"),
        ),
        (
            'display_per = "0"\n',
            "",
            "metrics[0].display_per: expected at least 1, found 0",
        ),
        (
            'name = "Egress"\n',
            'name = "egress"\n',
            'metrics[1].name: "egress" is the name of metrics[0] already',
        ),
    ],
)
def test_what_cannot_be_counted_or_shown_is_refused(
    metric: str, another: str, problem: str
) -> None:
    assert problems(metric, another) == (problem,)


def test_only_whole_units_are_shown_together() -> None:
    for wrong in ('"0.5"', '"10000000001"', "1000"):
        (problem,) = problems(f"display_per = {wrong}\n")
        assert problem.startswith("metrics[0].display_per: ")


def test_what_a_price_includes_is_frozen_with_it(session: Session) -> None:
    price = (
        '[[products]]\nid = "t"\nname = "T"\n[[products.prices]]\nid = "T"\nlist_price = true\n'
        'currency = "GBP"\nbilling_frequency = "monthly"\nbilling_type = "in_arrears"\n'
        'metric = "other"\nmodel = "linear"\nunit_price = "1"\n'
    )
    put(session, another=price + 'included = "5"\n')
    with pytest.raises(CatalogError) as error:
        put(session, another=price + 'included = "6"\n')
    assert error.value.problems == (
        (
            "products[2].prices[0].included: price T is applied and cannot change (it is 5); "
            "give the new price a new id"
        ),
    )
    with pytest.raises(CatalogError, match=r"included: price T is applied .* \(it is 5\)"):
        put(session, another=price)


def test_what_a_price_cannot_include_is_refused_in_its_place() -> None:
    fixed = text().replace('amount = "500"', 'amount = "500"\nincluded = "5"', 1)
    with pytest.raises(CatalogError, match=r"products\[0\]\.prices\[0\]\.included: unknown key"):
        read_catalog(fixed.encode())
