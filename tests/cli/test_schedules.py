"""`flask schedules …`, as it is typed."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from click.testing import Result
from conftest import Clock
from flask import Flask
from sqlalchemy import func, select
from support.billing import run_billing
from support.changing import Subscriber, fixed, give_up_backup, lines

from pricingsite.database import Base, db
from pricingsite.models.invoices import Settlement, SettlementKind
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import Phase
from pricingsite.services.customers.aliases import add_alias
from pricingsite.wording.figures import MINUS

Run = Callable[..., Result]
NOVEMBER = date(2026, 11, 1)
# The app's clock is stopped on 23 November.
PERIOD_END = date(2026, 12, 1)
X_LINE = (
    "\tX\tAI add-on\tFirst 1,000 API calls: £250.00 in total; next 1,500 (1,001 to 2,500): "
    "£0.45 each; every API call after 2,500: £0.65 each, monthly, in arrears"
)
Y_LINE = (
    "\tY\tAI add-on\tFirst 2,000 API calls: £150.00 in total; every API call after 2,000: "
    "£0.40 each, monthly, in arrears"
)


@pytest.fixture
def subscriber(app: Flask) -> Iterator[Subscriber]:
    with app.app_context():
        yield Subscriber(db.session())


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["schedules", *arguments])
        db.session.expire_all()
        return result

    return run


def said(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def refused(result: Result, status: int = 1) -> str:
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    return result.stderr.splitlines()[-1]


def everything() -> dict[str, Any]:
    """Every row of every table."""
    rows = {
        name: sorted(map(repr, db.session.execute(table.select())))
        for name, table in Base.metadata.tables.items()
    }
    db.session.rollback()
    return rows


def phases(subscriber: Subscriber) -> list[tuple[date, date | None, list[str]]]:
    found = db.session.scalars(
        select(Phase)
        .where(Phase.schedule_id == subscriber.schedule.id)
        .order_by(Phase.start_date)
        .execution_options(populate_existing=True)
    )
    return [(one.start_date, one.end_date, [price.id for price in one.prices]) for one in found]


def month_at_noon(year: int, month: int) -> datetime:
    return datetime(year, month, 1, 12, tzinfo=UTC)


def test_a_schedule_is_shown_with_what_is_pending(subscriber: Subscriber, run: Run) -> None:
    customer = subscriber.begin("B", "Y", start=NOVEMBER).customer.id
    assert said(run("show", customer)) == [
        f"Ashdown Ltd ({customer}): prices of its own",
        f"Schedule\t{subscriber.schedule.id}",
        "From\t1 November 2026",
        "Next invoice\t1 December 2026",
        "Pending\tnothing",
        "",
        "From 1 November 2026",
        "\tB\tPlatform access\t£825.00, monthly, in arrears",
        Y_LINE,
    ]
    said(run("change", customer, "--plan", "scale", "--at-period-end"))
    shown = said(run("show", customer))
    assert shown[4] == "Pending\tChange to Scale on 1 December 2026"
    assert shown[-1] == "2026-11-23\tChange to Scale on 1 December 2026"
    assert "1 to 30 November 2026" in shown
    assert "From 1 December 2026" in shown


def test_a_schedule_in_json_has_its_phases_and_its_changes(
    subscriber: Subscriber, run: Run
) -> None:
    customer = subscriber.begin("A", start=NOVEMBER).customer.id
    said(run("change", customer, "--price", "B", "--on", "2027-01-01", "--discount", "20%"))
    document = json.loads("\n".join(said(run("show", customer, "--json"))))
    assert (document["customer"], document["plan"]) == (customer, "Start")
    assert document["next_invoice_on"] == "2026-12-01"
    assert document["phases"][1] == {
        "start_date": "2027-01-01",
        "end_date": None,
        "plan": None,
        "trial": False,
        "prices": [{"price": "B", "quantity": None}],
        "discount": {"code": "as agreed", "percent": "20", "amount": None, "periods": None},
        "minimum": None,
    }
    assert document["pending_change"]["starts_on"] == "2027-01-01"
    assert document["changes"] == [document["pending_change"]]


def test_a_dry_run_prints_what_the_change_prints_and_changes_nothing(
    subscriber: Subscriber, run: Run
) -> None:
    subscriber.begin("A", start=NOVEMBER).use(2600)
    add_alias(db.session(), subscriber.customer, "ashdown/live")
    db.session.commit()
    before = everything()
    dry = run("change", "ashdown/live", "--plan", "scale", "--dry-run")
    assert everything() == before
    assert dry.stderr == "Dry run: nothing has changed.\n"
    assert said(dry) == [
        "Ashdown Ltd: from 23 November 2026, today",
        "Kept\tA\tPlatform access",
        "Begins\tX\tAI add-on\t23 November 2026",
        "",
        "From 23 November 2026",
        "\tA\tPlatform access\t£500.00, monthly, in arrears",
        X_LINE,
        "",
        "Bill of 1 December 2026, at the usage to date",
        "\tPlatform access\t1 to 30 November 2026\t1 at £500.00\t£500.00",
        "\tAI add-on: first 1,000 API calls\t23 to 30 November 2026\t0 at £0.00 + £250.00\t£250.00",
        "\tNet\t£750.00",
        "\tVAT 20% of £750.00\t£150.00",
        "\tGross\t£900.00",
        "",
        "Bill of 1 January 2027, at the usage to date",
        "\tPlatform access\t1 to 31 December 2026\t1 at £500.00\t£500.00",
        "\tAI add-on: first 1,000 API calls\t1 to 31 December 2026\t0 at £0.00 + £250.00\t£250.00",
        "\tNet\t£750.00",
        "\tVAT 20% of £750.00\t£150.00",
        "\tGross\t£900.00",
    ]
    made = run("change", "ashdown/live", "--plan", "scale")
    assert (made.stdout, made.stderr) == (dry.stdout, "")
    subscriber.bill(PERIOD_END)
    assert subscriber.invoices == [(PERIOD_END, "750.00", "150.00", "900.00")]


def test_another_currency_is_a_schedule_that_follows(subscriber: Subscriber, run: Run) -> None:
    subscriber.price("A-usd", currency="USD", **fixed("650"))
    customer = subscriber.begin("A", start=NOVEMBER).customer.id
    change = ("change", customer, "--price", "A-usd")
    told = refused(run(*change))
    assert told == "Error: Another currency begins when the period ends: choose 2026-12-01."
    assert said(run(*change, "--on", "2026-12-01"))[:6] == [
        "Ashdown Ltd: from 1 December 2026",
        "Replaced\tA\tPlatform access\tby A-usd on 1 December 2026",
        "",
        "Until 30 November 2026",
        "A schedule in USD follows",
        "From 1 December 2026",
    ]
    shown = said(run("show", customer))
    assert "Pending\tChange from Start in USD on 1 December 2026" in shown
    document = json.loads("\n".join(said(run("show", customer, "--json"))))
    assert f"Followed by\t{document['pending_change']['followed_by']}" in shown
    assert said(run("undo", customer)) == ["Change from Start in USD on 1 December 2026"]
    assert "Followed by" not in "".join(said(run("show", customer)))


def test_a_deal_for_three_months_and_then_another_is_billed_month_by_month(
    subscriber: Subscriber, run: Run
) -> None:
    subscriber.begin("B", "Y", start=NOVEMBER)
    terms = ("--discount", "20%", "--periods", "2", "--minimum", "1300")
    quoted = said(
        run("change", subscriber.customer.id, "--price=B", "--price=Z", "--on=2027-02-01", *terms)
    )
    assert "Replaced\tY\tAI add-on\tby Z on 1 February 2027" in quoted
    assert "\tDiscount\t20% off for 2 months, until 31 March 2027 (as agreed)" in quoted
    assert "\tMinimum\t£1,300.00 a month" in quoted
    months = [(2026, 12), (2027, 1), (2027, 2), (2027, 3), (2027, 4), (2027, 5)]
    for year, month in months:
        run_billing(db.session(), month_at_noon(year, month))
    nets = [net for _, net, _, _ in subscriber.invoices]
    # 825.00 + 150.00; from February 825.00 + 700.00, less 20 %, and at least 1,300.00.
    assert nets == ["975.00", "975.00", "975.00", "1300.00", "1300.00", "1525.00"]
    assert lines(subscriber.documents[3]) == [
        ("Platform access", "825.00"),
        ("AI add-on: first 5,000 API calls", "700.00"),
        ("Discount as agreed, 20%", "-305.00"),
        ("Minimum commitment", "80.00"),
    ]


def test_a_plan_may_be_agreed_at_a_discount_and_a_minimum(subscriber: Subscriber, run: Run) -> None:
    subscriber.begin("A", start=NOVEMBER)
    terms = ("--discount", "100", "--minimum", "900")
    said(run("change", subscriber.customer.id, "--plan=scale", "--at-period-end", *terms))
    subscriber.bill(date(2026, 12, 1)).bill(date(2027, 1, 1))
    assert [net for _, net, _, _ in subscriber.invoices] == ["500.00", "900.00"]
    assert lines(subscriber.documents[1])[2:] == [
        ("Discount as agreed", "-100.00"),
        ("Minimum commitment", "250.00"),
    ]


def test_a_plan_is_changed_to_in_an_option_with_quantities_and_add_ons(
    subscriber: Subscriber, run: Run
) -> None:
    subscriber.price("yearly", billing_frequency="yearly", **fixed("5000"))
    subscriber.plan("start", "yearly", "+X", position=0, option="yearly")
    subscriber.begin("A", start=NOVEMBER)
    plan = ("--plan", "start", "--option", "yearly", "--add-on", "X", "--at-period-end")
    said(run("change", subscriber.customer.id, *plan))
    assert phases(subscriber) == [
        (NOVEMBER, PERIOD_END, ["A"]),
        (PERIOD_END, None, ["yearly", "X"]),
    ]


def test_a_change_is_undone_until_it_takes_effect(subscriber: Subscriber, run: Run) -> None:
    customer = subscriber.begin("A", "X", start=NOVEMBER).customer.id
    assert refused(run("undo", customer)) == (
        "Error: No change is pending: there is nothing to undo."
    )
    said(run("change", customer, "--plan", "start", "--at-period-end"))
    assert said(run("undo", customer)) == ["Change from Scale to Start on 1 December 2026"]
    assert phases(subscriber) == [(NOVEMBER, None, ["A", "X"])]
    assert said(run("show", customer))[-1].endswith("on 1 December 2026\tundone")


def test_a_new_change_names_the_one_that_it_replaces(subscriber: Subscriber, run: Run) -> None:
    customer = subscriber.begin("A", "X", start=NOVEMBER).customer.id
    said(run("change", customer, "--plan", "start", "--at-period-end"))
    quoted = said(run("change", customer, "--price", "B", "--on", "2027-01-01"))
    assert quoted[1] == "Replaces\tChange from Scale to Start on 1 December 2026"
    assert phases(subscriber) == [
        (NOVEMBER, date(2027, 1, 1), ["A", "X"]),
        (date(2027, 1, 1), None, ["B"]),
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--price", "B", "--on", "2026-11-22"], "2026-11-22 is gone: choose 2026-11-23 or"),
        (["--price", "A", "--price", "Z", "--on", "2026-12-15"], "choose 2027-01-01."),
        (["--price", "Q"], "The catalog has no price Q: `flask catalog show` lists them."),
        (["--price", "A", "--price", "B"], "A and B are two prices of the same thing: keep one."),
        (["--price", "A=0.5.1"], "In A=0.5.1, 0.5.1 is not a quantity such as 7."),
        (["--plan", "gold"], "This plan is not on sale. Choose another one."),
        (["--plan", "start", "--option", "weekly"], "cannot be paid in this way. Choose again."),
        (["--price", "A", "--minimum", "9.999"], "An amount in GBP has at most 2 decimals"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line_and_changes_nothing(
    subscriber: Subscriber, run: Run, arguments: list[str], why: str
) -> None:
    subscriber.begin("A", "X", start=NOVEMBER)
    db.session.commit()
    before = everything()
    assert why in refused(run("change", subscriber.customer.id, *arguments))
    assert everything() == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "Say what it changes to: --plan, or --price for each price."),
        (["--plan", "start", "--price", "A"], "Say what it changes to: --plan, or --price"),
        (["--price", "A", "--option", "yearly"], "--option, --add-on and --quantity are of a"),
        (["--price", "A", "--on", "2027-01-01", "--at-period-end"], "Say one day: --on, or"),
        (["--price", "A", "--periods", "3"], "--periods says how long a discount is"),
        (["--price", "A", "--on", "soon"], "'soon' does not match the format"),
    ],
)
def test_a_command_that_contradicts_itself_is_a_usage_error(
    subscriber: Subscriber, run: Run, arguments: list[str], why: str
) -> None:
    subscriber.begin("A", start=NOVEMBER)
    assert why in refused(run("change", subscriber.customer.id, *arguments), status=2)


def test_who_is_nobody_or_has_nothing_is_told(subscriber: Subscriber, run: Run) -> None:
    customer = subscriber.customer.id
    assert "There is no customer cus_nobody" in refused(run("show", "cus_nobody"))
    assert "There is no customer" in refused(run("end", "cus_nobody"))
    assert refused(run("show", customer)) == (
        f"Error: {customer} has no billing schedule: it has ordered nothing."
    )
    assert "There is no plan to change" in refused(run("change", customer, "--price", "A"))


def in_advance(subscriber: Subscriber) -> str:
    """£30.00 a month in advance, from 1 November, of which the invoice is paid; the customer."""
    subscriber.price("ahead", billing_type="in_advance", **fixed("30"))
    subscriber.begin("ahead", start=NOVEMBER).bill(NOVEMBER)
    assert subscriber.invoices == [(NOVEMBER, "30.00", "6.00", "36.00")]
    db.session.commit()
    return subscriber.customer.id


def pay(app: Flask) -> None:
    paid = app.test_cli_runner().invoke(args=["invoices", "mark-paid", "INV-000001"])
    assert paid.exit_code == 0, paid.output


def refunds() -> int:
    refunded = select(func.sum(Settlement.amount)).where(Settlement.kind == SettlementKind.REFUND)
    return db.session.scalar(refunded) or 0


def test_an_end_in_mid_month_keeps_what_was_paid_in_advance_and_says_so(
    subscriber: Subscriber, run: Run
) -> None:
    customer = in_advance(subscriber)
    ended = run("end", customer)
    assert said(ended)[-1] == "Until 22 November 2026"
    # 8 of 30 days.
    assert ended.stderr == (
        "£8.00, net, was charged in advance for days after it, and is kept. "
        "--credit or --refund gives it back.\n"
    )
    subscriber.bill(PERIOD_END)
    assert len(subscriber.invoices) == 1


def test_an_end_gives_credit_for_the_days_that_are_not_used(
    subscriber: Subscriber, run: Run
) -> None:
    customer = in_advance(subscriber)
    before = everything()
    dry = said(run("end", customer, "--credit", "--dry-run"))
    assert everything() == before
    made = said(run("end", customer, "--credit"))
    assert made == [*dry, "Issued\tCN-000001"]
    assert made[-3:-1] == [
        "Credit notes, net",
        f"\tahead: unused days\t23 to 30 November 2026\tof INV-000001\t{MINUS}£8.00",
    ]
    assert subscriber.invoices[1][1:] == ("-8.00", "-1.60", "-9.60")
    assert refunds() == 0


def test_an_end_with_a_refund_records_what_was_paid_as_given_back(
    app: Flask, subscriber: Subscriber, run: Run
) -> None:
    customer = in_advance(subscriber)
    pay(app)
    assert said(run("end", customer, "--refund"))[-2:] == ["Issued\tCN-000001", "Refunded\t£9.60"]
    assert refunds() == 960


def test_an_end_refunds_nothing_that_was_never_paid(subscriber: Subscriber, run: Run) -> None:
    customer = in_advance(subscriber)
    ended = run("end", customer, "--refund")
    assert said(ended)[-1] == "Issued\tCN-000001"
    assert ended.stderr == (
        "Nothing is refunded: what is credited was not paid, or has paid other invoices.\n"
    )
    assert refunds() == 0


def test_an_end_at_the_periods_end_can_be_undone(
    subscriber: Subscriber, run: Run, clock: Clock
) -> None:
    customer = subscriber.begin("A", "X", start=NOVEMBER).customer.id
    assert "Until 30 November 2026" in said(run("end", customer, "--at-period-end"))
    assert "Until\t30 November 2026" in said(run("show", customer))
    assert said(run("undo", customer)) == ["End from Scale on 1 December 2026"]
    said(run("end", customer, "--on", "2027-01-16"))
    subscriber.bill(date(2026, 12, 1)).bill(date(2027, 1, 1)).bill(date(2027, 1, 16))
    # The last bill: 15 of 31 days of 500.00, and the add-on's flat fee.
    assert [net for _, net, _, _ in subscriber.invoices] == ["750.00", "750.00", "491.94"]
    clock.set(subscriber.now)
    assert "The plan has ended" in refused(run("end", customer))


def test_a_pause_lasts_from_the_periods_end_to_its_day(subscriber: Subscriber, run: Run) -> None:
    customer = subscriber.begin("A", start=NOVEMBER).customer.id
    assert refused(run("pause", customer), status=2).startswith("Error: Missing option '--until'")
    too_early = refused(run("pause", customer, "--until", "2026-11-30"))
    assert too_early == "Error: The period ends before 2026-12-01: choose a later day to go on."
    paused = said(run("pause", customer, "--until", "2027-02-01"))
    assert paused[0] == "Ashdown Ltd: from 1 December 2026"
    assert "\tPause: nothing is billed" in paused
    for day in (PERIOD_END, date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)):
        subscriber.bill(day)
    assert [day for day, *_ in subscriber.invoices] == [PERIOD_END, date(2027, 3, 1)]


def test_the_customer_is_told_of_what_the_merchant_changes(
    subscriber: Subscriber, run: Run
) -> None:
    customer = subscriber.begin("A", start=NOVEMBER).customer.id
    said(run("change", customer, "--plan", "scale", "--dry-run"))
    said(run("change", customer, "--plan", "scale"))
    said(run("change", customer, "--price", "B", "--at-period-end"))
    said(run("undo", customer))
    said(run("pause", customer, "--until", "2027-02-01"))
    said(run("end", customer, "--at-period-end"))
    # The end itself is told of by the sweep of all that have ended.
    said(run("end", customer))
    found = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [one.subject for one in found] == [
        "Your plan is now Scale",
        "Your prices change on 1 December 2026",
        "Your plan stays as it is",
        "Your subscription pauses from 1 December 2026",
        "Your subscription ends: 30 November 2026 is the last day",
    ]
    for one in found:
        assert one.recipient == subscriber.customer.billing_email
        for part in (one.text, one.html or ""):
            assert "undo it" not in part.casefold()
            assert "by us" in part or "Write to us if you did not expect it" in part
    for part in (found[0].text, found[0].html or ""):
        assert "£750.00 + VAT £150.00 = £900.00 incl. VAT" in part
    for part in (found[3].text, found[3].html or ""):
        assert "It continues as before on 1 February 2027" in part


def test_what_waits_is_taken_back_by_naming_the_plan(subscriber: Subscriber, run: Run) -> None:
    give_up_backup(subscriber, on=date(2026, 11, 23))
    told = said(run("change", subscriber.customer.id, "--plan", "team", "--add-on", "backup"))
    assert told[:4] == [
        "Ashdown Ltd: from 1 December 2026",
        "Kept\tseat\tseat",
        "Kept\tbackup\tbackup",
        "Taken back\tEnds\tbackup\tbackup\t1 December 2026",
    ]
    assert "Change within Team on 1 December 2026" in said(run("undo", subscriber.customer.id))
