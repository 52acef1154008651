import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.factories import have_amara
from support.pages import Browser

from pricingsite.database import db
from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer, CustomerAlias
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.estimates.estimates import estimate
from pricingsite.wording.bills import line_description

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
NAMED = ("--name", "Ashdown Ltd", "--email", "Ada@Ashdown.example", "--country", "gb")
Run = Callable[..., Result]


@pytest.fixture
def selling(app: Flask) -> Iterator[Session]:
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
        yield db.session()


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=["customers", *arguments])

    return run


def created(result: Result) -> Customer:
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("\n")
    customer = db.session.get(Customer, result.stdout.strip())
    assert customer is not None
    return customer


def schedule_of(customer: Customer) -> BillingSchedule:
    statement = select(BillingSchedule).where(BillingSchedule.customer_id == customer.id)
    return db.session.scalars(statement).one()


def prices_of(customer: Customer) -> list[str]:
    return [price.id for price in schedule_of(customer).phases[0].prices]


@pytest.mark.usefixtures("selling")
def test_a_custom_deal_is_made_in_one_command_that_prints_the_id_alone(run: Run) -> None:
    result = run("create", *NAMED, "--price", "B", "--price", "Y", "--start", "2026-10-15")
    customer = created(result)
    assert (customer.legal_name, customer.country) == ("Ashdown Ltd", "GB")
    assert customer.billing_email == "ada@ashdown.example"
    assert prices_of(customer) == ["B", "Y"]
    schedule = schedule_of(customer)
    assert (schedule.start_date, schedule.anchor_date) == (date(2026, 10, 15), date(2026, 10, 15))
    found = estimate(db.session(), customer, now=NOW)
    assert found is not None
    assert str(found.bill.net) == "975.00"
    assert found.period.start == date(2026, 11, 15)


@pytest.mark.usefixtures("selling")
def test_the_billing_address_is_invited_to_sign_in(run: Run, browser: Browser) -> None:
    customer = created(run("create", *NAMED, "--price", "B", "--price", "Y"))
    assert customer.verified_at is None
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.recipient == "ada@ashdown.example"
    assert "Ashdown Ltd" in message.text
    link = re.search(r"http://127\.0\.0\.1:5000(/verify/\S+)", message.text)
    assert link
    page = browser.submit(browser.get(link[1]), password="four-words-that-do-not-belong")
    assert page.location == "/account"
    assert browser.get("/account").texts(".figures .figure")[0] == "£975.00"
    db.session.refresh(customer)
    assert customer.verified_at == NOW


@pytest.mark.usefixtures("selling")
def test_a_schedule_starts_today_where_the_merchant_is(app: Flask, run: Run) -> None:
    # In July it is the next day in London before it is in Greenwich.
    app.config["NOW"] = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
    customer = created(run("create", *NAMED, "--price", "A"))
    assert schedule_of(customer).start_date == date(2026, 8, 1)


@pytest.mark.usefixtures("selling")
def test_calendar_months_make_the_first_period_a_part_of_one(run: Run) -> None:
    customer = created(run("create", *NAMED, "--price", "A", "--start", "2026-11-16", "--calendar"))
    assert schedule_of(customer).anchor_date == date(2026, 11, 1)
    found = estimate(db.session(), customer, now=NOW)
    assert found is not None
    assert str(found.bill.net) == "250.00"


@pytest.mark.usefixtures("selling")
def test_a_discount_for_some_periods_and_a_minimum_are_agreed(run: Run) -> None:
    agreed = ("--discount", "20%", "--periods", "2", "--minimum", "1000")
    deal = (*NAMED, "--price", "B", "--price", "Y", "--start", "2026-10-15")
    customer = created(run("create", *deal, *agreed))
    found = estimate(db.session(), customer, now=NOW)
    assert found is not None
    # Rating, discount, minimum: 975.00 less 195.00, and what is missing of 1,000.00.
    assert [(line_description(line), str(line.net)) for line in found.bill.every_line] == [
        ("Platform access", "825.00"),
        ("AI add-on: first 2,000 API calls", "150.00"),
        ("Discount as agreed, 20%", "-195.00"),
        ("Minimum commitment", "220.00"),
    ]
    after = estimate(db.session(), customer, now=NOW + timedelta(days=31))
    assert after is not None
    assert str(after.bill.net) == "1000.00"
    assert not after.bill.is_discounted


@pytest.mark.usefixtures("selling")
def test_a_discount_for_some_periods_goes_on_over_phases(run: Run) -> None:
    terms = ("--discount", "20%", "--periods", "3", "--start", "2026-11-01")
    phases = ("--phase", "2026-12-01:C", "--phase", "2027-03-01:D")
    customer = created(run("create", *NAMED, "--price", "B", *terms, *phases))
    nets = []
    for month in range(4):
        found = estimate(db.session(), customer, now=NOW + timedelta(days=30 * month))
        assert found is not None
        nets.append(str(found.bill.net))
    assert nets == ["660.00", "520.00", "520.00", "650.00"]
    assert [one.discount_periods for one in schedule_of(customer).phases] == [3, 2, None]


@pytest.mark.usefixtures("selling")
def test_an_amount_may_be_agreed_to_be_taken_off_for_good(run: Run, browser: Browser) -> None:
    made = run("create", *NAMED, "--price", "B", "--start", "2026-10-15", "--discount", "300")
    found = estimate(db.session(), created(made), now=NOW)
    assert found is not None
    assert str(found.bill.net) == "525.00"
    message = db.session.scalars(select(OutboxMessage)).one()
    link = re.search(r"http://127\.0\.0\.1:5000(/verify/\S+)", message.text)
    assert link
    browser.submit(browser.get(link[1]), password="four-words-that-do-not-belong")
    said = browser.get("/account").get_text(" ")
    assert "Your discount: £300.00 a month off (as agreed)." in said


@pytest.mark.usefixtures("selling")
def test_a_start_may_lie_ahead(run: Run) -> None:
    customer = created(run("create", *NAMED, "--price", "A", "--start", "2027-01-31"))
    found = estimate(db.session(), customer, now=NOW)
    assert found is not None
    assert found.state == "upcoming"


@pytest.mark.usefixtures("selling")
def test_an_alias_names_the_customer(run: Run) -> None:
    customer = created(run("create", *NAMED, "--price", "A", "--alias", "ashdown"))
    alias = db.session.get(CustomerAlias, "ashdown")
    assert alias is not None
    assert alias.customer_id == customer.id


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--price", "Q"), 1, "The catalog has no price Q"),
        (("--price", "A", "--price", "Q", "--price", "R"), 1, "no price Q or R"),
        (("--price", "OLD"), 1, "Price OLD is archived"),
        (("--price", "A", "--price", "B"), 1, "A and B are two prices of the same thing"),
        (("--price", "X", "--price", "Y"), 1, "X and Y are two prices of the same thing"),
        (("--price", "A", "--price", "A"), 1, "A is named twice"),
        (("--price", "A", "--alias", "taken"), 1, "The alias taken already names a customer"),
        (("--price", "A", "--alias", " "), 1, "An alias has at least one character"),
        (("--price", "A", "--start", "9999-12-31"), 1, "from 2000-01-01 to 2199-12-31"),
        (("--price", "A", "--start", "0001-01-01", "--calendar"), 1, "found 0001-01-01"),
        # The first bill is made a month later, the day before the first VAT rate.
        (("--price", "A", "--start", "2010-12-03"), 1, "no VAT rate is valid on 2011-01-03"),
        (("--price", "A", "--start", "2027-02-30"), 2, "'2027-02-30' does not match"),
        (("--price", "A", "--start", "tomorrow"), 2, "'tomorrow' does not match"),
        (("--price", "A", "--discount", "0%"), 2, "'0%' is not a value such as 20% or 300"),
        (("--price", "A", "--discount", "-5"), 2, "'-5' is not a value such as 20% or 300"),
        (("--price", "A", "--discount", "120%"), 2, "120% is more than everything"),
        (("--price", "A", "--discount", "0.00001%"), 2, "'0.00001%' is not a value"),
        (("--price", "A", "--discount", "2.999"), 1, "An amount in GBP has at most 2 decimals"),
        (("--price", "A", "--periods", "3"), 2, "add --discount"),
        (("--price", "A", "--discount", "9", "--periods", "0"), 2, "1<=x<=120"),
        (("--price", "A", "--minimum", "0"), 2, "'0' is not a value such as 1000"),
        (("--price", "A", "--minimum", "1.999"), 1, "An amount in GBP has at most 2 decimals"),
        (("--price", "A", "--country", "ZZ"), 2, "'ZZ' is not an ISO 3166 code"),
        (("--price", "A", "--country", "England"), 2, "'England' is not an ISO 3166 code"),
        (("--price", "A", "--country", "001"), 2, "'001' is not an ISO 3166 code"),
        (("--price", "A", "--email", "nobody"), 2, "--email"),
        (("--price", "A", "--name", "  "), 2, "give the customer's legal name"),
        (("--price", "A", "--name", "a\nb"), 2, "a name without line breaks"),
        (("--price", "A", "--name", "a\u202eb"), 2, "U+202E (right-to-left override)"),
        (("--price", "A", "--alias", "a\u200bb"), 1, "U+200B (zero width space)"),
        (("--price", "A", "--alias", "a\tb"), 1, "An alias has no line breaks"),
        ((), 2, "Missing option '--price'"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(
    selling: Session, run: Run, arguments: tuple[str, ...], status: int, words: str
) -> None:
    old = selling.get_one(Price, "D")
    columns = {column.key: getattr(old, column.key) for column in Price.__table__.columns}
    selling.add(Price(**columns | {"id": "OLD", "archived_at": NOW}))
    taken = Customer(legal_name="T", billing_email="t@t.example", country="GB", created_at=NOW)
    selling.add(taken)
    selling.flush()
    selling.add(CustomerAlias(alias="taken", customer_id=taken.id))
    selling.commit()
    result = run("create", *NAMED, *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr
    assert selling.scalar(select(func.count()).select_from(Customer)) == 1
    assert selling.scalar(select(func.count()).select_from(BillingSchedule)) == 0
    assert selling.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_without_a_catalog_the_way_on_is_said(app: Flask, run: Run) -> None:
    with app.app_context():
        result = run("create", *NAMED, "--price", "A")
    assert result.exit_code == 1
    assert "flask catalog apply" in result.stderr


@pytest.mark.usefixtures("selling")
def test_customers_are_listed_one_a_line(run: Run) -> None:
    assert run("list").stdout == ""
    first = created(run("create", *NAMED, "--price", "A")).id
    second = created(
        run(
            "create",
            "--name",
            "Tab\tCo",
            "--email",
            "t@t.example",
            "--country",
            "FR",
            "--price",
            "A",
        )
    ).id
    lines = sorted([f"{first}\tAshdown Ltd\tada@ashdown.example", f"{second}\tTab Co\tt@t.example"])
    assert sorted(run("list").stdout.splitlines()) == lines


@pytest.mark.usefixtures("selling")
def test_a_customer_is_suspended_and_resumed(run: Run) -> None:
    customer = created(run("create", *NAMED, "--price", "A"))
    for command, said in (
        ("suspend", "is suspended."),
        ("suspend", "was suspended already."),
        ("resume", "is resumed."),
        ("resume", "was not suspended."),
    ):
        result = run(command, customer.id)
        assert (result.exit_code, result.stdout) == (0, f"Ashdown Ltd {said}\n")
        db.session.refresh(customer)
        assert (customer.suspended_at is not None) == (command == "suspend")


@pytest.mark.usefixtures("selling")
def test_only_a_customer_can_be_suspended(run: Run) -> None:
    result = run("suspend", "cus_nobody")
    assert result.exit_code == 1
    assert "There is no customer cus_nobody" in result.stderr


def phases_of(customer: Customer) -> list[tuple[list[str], str, str | None]]:
    return [
        (
            [price.id for price in phase.prices],
            str(phase.start_date),
            str(phase.end_date) if phase.end_date else None,
        )
        for phase in schedule_of(customer).phases
    ]


@pytest.mark.usefixtures("selling")
def test_a_deal_of_several_phases_that_ends(run: Run) -> None:
    later = ("--phase", "2027-04-01:B,Z", "--phase", "2027-07-01:D,Z")
    days = ("--start", "2027-01-01", "--end", "2028-01-01", *later, "--minimum", "900")
    customer = created(run("create", *NAMED, "--price", "B", "--price", "Y", *days))
    assert phases_of(customer) == [
        (["B", "Y"], "2027-01-01", "2027-04-01"),
        (["B", "Z"], "2027-04-01", "2027-07-01"),
        (["D", "Z"], "2027-07-01", "2028-01-01"),
    ]
    schedule = schedule_of(customer)
    assert schedule.end_date == date(2028, 1, 1)
    assert [phase.minimum for phase in schedule.phases] == [900, 900, 900]


@pytest.mark.usefixtures("selling")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--phase", "2027-04-01"], "no price"),
        (["--phase", "April:Z"], "is not a phase such as 2027-04-01:B,Z"),
        (["--phase", "2026-11-23:B,Z"], "A phase starts after the one before it"),
        (["--phase", "2026-12-01:B,Z"], "Price Z replaces Y only where a period of that begins"),
        (["--phase", "2026-12-23:B,Z=2"], "not bought by quantity"),
        (["--end", "2026-11-23"], "ends after the day it starts on"),
    ],
)
def test_phases_that_cannot_be_agreed_are_refused(run: Run, options: list[str], words: str) -> None:
    result = run("create", *NAMED, "--price", "B", "--price", "Y", *options)
    assert result.exit_code != 0
    assert words in " ".join(result.stderr.split())
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0
