"""A customer of metrics with one unit: figures, bands, days, files and e-mails name each."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from support.account_pages import Site, figures, prose, table
from support.accounts import NOON
from support.factories import AMARA
from support.host import parts

from pricingsite.database import db
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.alerts.choices import AlertChoices, choose_alerts
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.recording import record
from pricingsite.web.mails.alerts import write_alert_mails

PRICES = ("egress", "egress-eu", "tokens")
SEPTEMBER = datetime(2026, 9, 30, 12, tzinfo=UTC)


@pytest.fixture
def host(site: Site) -> Site:
    """A customer of the host since September."""
    document = read_catalog(AMARA.read_bytes() + parts().encode())
    apply(db.session(), document, archive=False, now=site.app.config["NOW"])
    site.account.subscribe(*PRICES, start=date(2026, 9, 1))
    return site


def send(site: Site, kind: str, at: datetime = NOON, **data: Any) -> None:
    site.account.events += 1
    event = Event(
        event_id=f"h{site.account.events}",
        source="/gateway",
        subject=site.account.customer.id,
        event_type=kind,
        occurred_at=at,
        data={name: Decimal(v) if isinstance(v, int) else v for name, v in data.items()},
    )
    record(db.session(), [event], now=max(at, NOON))


def use(site: Site, at: datetime = NOON) -> None:
    send(site, "transfer", at, gb=1500, region="us")
    send(site, "transfer", at, gb=3200, region="eu")
    send(site, "transfer", at, gb=9, region="ap")
    send(site, "prompt", at, tokens=2_000_000)


def test_figures_are_named_and_say_for_how_many_they_are(host: Site) -> None:
    use(host)
    page = host.read()
    found = figures(page)
    assert found["Egress: next GB costs"] == ("US$0.09", "per 1,000 GB, excl. VAT")
    assert found["Egress in Europe: next GB costs"] == ("US$0.000016666", "excl. VAT")
    assert found["Input tokens: next token costs"] == (
        "US$2.50",
        "per 1,000,000 tokens, excl. VAT",
    )
    assert page.texts(".meter label") == [
        "500 of 500 included GB used",
        "1,000,000 of 1,000,000 included tokens used",
    ]
    text = prose(page)
    assert "You have used 1,500 GB. Your next GB costs US$0.09 per 1,000 GB excl. VAT." in text
    headings = page.texts("h2")
    assert len(headings) == len(set(headings))
    assert "Egress-eu, Egress in Europe: where you are" in headings
    rows = table(page, "meter-1-bands")
    assert rows[1][:2] == ["First 500 GB", "US$0.00"]
    assert rows[2][1:] == ["US$0.09 per 1,000 GB", "1,000", "US$0.09"]


def test_units_that_are_included_have_no_price_yet(host: Site) -> None:
    send(host, "transfer", gb=100, region="us")
    found = figures(host.read())
    assert found["Egress: next GB costs"] == ("US$0.00", "excl. VAT, included")


def test_days_and_earlier_periods_are_named(host: Site) -> None:
    use(host, SEPTEMBER)
    use(host)
    page = host.read("/account/usage")
    assert page.texts("h2")[:3] == [
        "Egress, day by day",
        "Egress-eu, Egress in Europe, day by day",
        "Tokens, Input tokens, day by day",
    ]
    assert table(page, "usage-2-days")[0][1] == "Egress in Europe (GB)"
    said = "1,500 GB (Egress), 3,200 GB (Egress in Europe), 2,000,000 tokens (Input tokens)"
    assert said in prose(page, "section:has(> #earlier)")
    rows = list(csv.reader(io.StringIO(host.browser.client.get("/account/usage.csv").text)))
    assert (rows[0][-1], {row[-1] for row in rows[1:]}) == (
        "metric",
        {"Egress", "Egress in Europe", "Input tokens"},
    )
    answer = host.browser.client.get("/account/usage", headers={"Accept": "application/json"})
    assert [one["metric_name"] for one in answer.json["usage"]] == [
        "Egress",
        "Egress in Europe",
        "Input tokens",
    ]


def test_a_file_of_metrics_without_names_keeps_its_columns(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.read("/account/usage")
    header = site.browser.client.get("/account/usage.csv").text.partition("\r\n")[0]
    assert header == "day,price,unit,events,quantity,cumulative,cost_gbp_excl_vat"


def test_alerts_name_what_they_are_about(host: Site) -> None:
    labels = host.read("/account/alerts").texts("fieldset legend")
    assert labels == [
        "Tell me when this much of the 500 included GB (Egress) is used",
        "Tell me when this much of the 1,000,000 included tokens (Input tokens) is used",
    ]
    account = host.account
    choices = AlertChoices(shares={"egress": (Decimal(1),)})
    choose_alerts(db.session(), account.customer, choices, account.read(), now=NOON)
    use(host)
    db.session.commit()
    write_alert_mails()
    (mail,) = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.unsubscribe_url.is_not(None))
    )
    assert "100% of the included GB (Egress) are used" in mail.text
    assert "Egress: your next GB costs: US$0.09 per 1,000 GB excl. VAT" in mail.text
    assert "Egress in Europe: your next GB costs: US$0.000016666 excl. VAT" in mail.text


def test_a_comparison_names_what_was_used(host: Site) -> None:
    use(host, datetime(2026, 10, 20, 12, tzinfo=UTC))
    send(host, "transfer", gb=3000, region="us")
    text = prose(host.read(), "section:has(> #comparison)")
    assert "1,500 GB (Egress) more" in text
    assert "3,200 GB (Egress in Europe) fewer" in text


def test_a_falling_price_is_told_with_its_reason(site: Site) -> None:
    document = read_catalog(AMARA.read_bytes() + parts().encode())
    apply(db.session(), document, archive=False, now=site.app.config["NOW"])
    site.account.subscribe("seats")
    send(site, "seen", n=10)
    page = site.read()
    falls = "with it, all users get cheaper, and the total falls"
    _, note = figures(page)["Next user costs"]
    assert note == f"excl. VAT: {falls}"
    assert f"costs \N{MINUS SIGN}US$7.50 excl. VAT: {falls}." in prose(page)


def test_a_package_after_an_allowance_on_the_account(site: Site) -> None:
    document = read_catalog(AMARA.read_bytes() + parts().encode())
    apply(db.session(), document, archive=False, now=site.app.config["NOW"])
    site.account.subscribe("pages")
    for _ in range(3):
        send(site, "page")
    page = site.read()
    assert page.texts(".meter label") == ["3 of 250 included pages used"]
    assert "After 247 more, the price is US$40.00." in prose(page)
    assert figures(page)["Next page costs"] == ("US$0.00", "excl. VAT, included")
