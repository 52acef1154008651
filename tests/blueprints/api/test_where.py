"""What a program is told of events that no metric's `where` matches."""

import pytest
from flask import Flask
from support.factories import AMARA
from support.programs import Program, cloud_event

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

METRIC = """
[[metrics]]
id = "egress_eu"
name = "Egress in Europe"
event_type = "transfer"
aggregation = "sum"
property = "gb"
unit = "GB"
unit_plural = "GB"
where = { region = "eu" }
"""


@pytest.fixture(autouse=True)
def _counted(app: Flask, customer: str) -> None:
    assert customer
    with app.app_context():
        document = read_catalog(AMARA.read_bytes() + METRIC.encode())
        apply(db.session(), document, archive=False, now=app.config["NOW"])
        db.session.commit()


def transfer(customer: str, event_id: str, **data: object) -> dict[str, object]:
    return cloud_event(customer, event_id, type="transfer", data=data)


def test_events_that_no_metric_counts_are_told(program: Program, customer: str) -> None:
    batch = [
        transfer(customer, "t1", gb=5, region="eu"),
        transfer(customer, "t2", gb=7, region="EU"),
        cloud_event(customer, "c1"),
    ]
    answer = program.send(*batch)
    assert answer.json == {"accepted": 3, "duplicates": 0, "uncounted": 1}
    # A repeat of the batch is told the same.
    assert program.send(*batch).json == {"accepted": 0, "duplicates": 3, "uncounted": 1}
    matching = transfer(customer, "t3", gb=1, region="eu")
    assert program.send(matching).json == {"accepted": 1, "duplicates": 0}


def test_usage_is_named(program: Program, customer: str) -> None:
    program.send(transfer(customer, "t1", gb=5, region="eu"), transfer(customer, "t2", gb=7))
    address = f"/api/v1/usage?customer={customer}&from=2026-11-01&to=2026-12-01"
    answer = program.client.get(address, headers=program.headers)
    calls, egress = answer.json["metrics"]
    assert "name" not in calls
    assert (egress["name"], egress["unit"], egress["quantity"]) == ("Egress in Europe", "GB", "5")
