"""`flask prices move`, as it is typed, and the e-mail that it sends."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from bs4 import BeautifulSoup
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from support.accounts import noon
from support.changing import Subscriber, fixed

from pricingsite.database import Base, db
from pricingsite.models.outbox import OutboxMessage
from pricingsite.wording.figures import MINUS

Run = Callable[..., Result]
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
pytestmark = pytest.mark.parametrize("database_url", BOTH, indirect=True)
SEAT = {"per": "seat", "per_plural": "seats"}


@pytest.fixture
def subscriber(app: Flask) -> Iterator[Subscriber]:
    """A customer on Scale since September, on a day in November; X2 is to take X's place."""
    with app.app_context():
        found = Subscriber(db.session())
        tiers = [{"upper_bound": "2500", "flat_fee": "300"}, {"unit_price": "0.60"}]
        found.price("X2", like="X", structure={"model": "graduated", "tiers": tiers})
        found.begin("A", "X", start=date(2026, 9, 1))
        found.use(1500, at=noon(2026, 9, 20))
        found.use(5000, at=noon(2026, 10, 20))
        yield found


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["prices", "move", *arguments])
        db.session.expire_all()
        return result

    return run


def test_a_dry_run_lists_the_last_months_at_both_prices_and_changes_nothing(
    subscriber: Subscriber, run: Run
) -> None:
    db.session.commit()

    def everything() -> dict[str, list[str]]:
        tables = Base.metadata.tables.items()
        rows = {n: sorted(map(repr, db.session.execute(t.select()))) for n, t in tables}
        db.session.rollback()
        return rows

    before = everything()
    dry = run("X", "X2", "--dry-run")
    assert everything() == before
    assert (dry.exit_code, dry.stderr) == (0, "Dry run: nothing has changed.\n")
    customer = f"{subscriber.customer.id}\tAshdown Ltd\t1 January 2027"
    september = f"\tSeptember 2026\t1,500 API calls\t£475.00\t£300.00\t{MINUS}£175.00"
    october = f"\tOctober 2026\t5,000 API calls\t£2,550.00\t£1,800.00\t{MINUS}£750.00"
    assert dry.stdout.splitlines() == [customer, september, october, "would move 1, refused 0"]


def test_each_customer_is_told_at_once_and_once(subscriber: Subscriber, run: Run) -> None:
    moved = run("X", "X2")
    assert (moved.exit_code, moved.stderr) == (0, "")
    assert moved.stdout.splitlines()[-1] == "moved 1, refused 0"
    assert run("X", "X2").stdout == "moved 0, refused 0\n"
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.recipient == subscriber.customer.billing_email
    assert message.subject == "X2: a new price from 1 January 2027"
    html = BeautifulSoup(message.html or "", "html.parser").get_text(" ", strip=True)
    for said in (
        "Ashdown Ltd, the price of X2 changes on 1 January 2027. Until then you pay what you",
        "every API call after 2,500: £0.60 each",
    ):
        assert said in message.text
        assert said in html
    assert "1 to 31 October 2026: 5,000 API calls, £2,550.00 today, £1,800.00 at the" in (
        message.text
    )
    assert "1 to 31 October 2026 5,000 API calls £2,550.00 £1,800.00" in html
    assert "pending" not in message.text
    assert "You can change or cancel it before 1 January 2027" in message.text


def test_who_has_a_change_pending_is_told_that_it_comes_first(
    subscriber: Subscriber, run: Run
) -> None:
    subscriber.on(date(2026, 11, 23)).cancel()
    moved = run("X", "X2")
    assert moved.stdout.splitlines()[0].endswith("1 January 2027\tif its pending change is undone")
    message = db.session.scalars(select(OutboxMessage)).one()
    assert "The new price applies only if you undo that." in message.text
    assert "The new price applies only if you undo that." in (message.html or "")


def test_one_that_cannot_be_moved_is_told_and_holds_up_nobody(
    subscriber: Subscriber, run: Run
) -> None:
    subscriber.price("seat", **SEAT | {"minimum_quantity": 1}, **fixed("8"))
    subscriber.price("seat2", **SEAT | {"minimum_quantity": 5}, **fixed("7"))
    few = subscriber.customer.id
    subscriber.on(date(2026, 11, 23)).agree("A", ("seat", 3), on=date(2026, 11, 23))
    subscriber.another()
    subscriber.begin("A", start=date(2026, 11, 1)).on(date(2026, 11, 23))
    subscriber.agree("A", ("seat", 6), on=date(2026, 11, 23))
    many = subscriber.customer.id
    for command, did in ((("--dry-run",), "would move"), ((), "moved")):
        moved = run("seat", "seat2", *command)
        assert moved.exit_code == 1
        assert moved.stdout.splitlines()[0].startswith(f"{many}\t")
        assert moved.stdout.splitlines()[-1] == f"{did} 1, refused 1"
        assert moved.stderr.splitlines()[0] == (
            f"{few}: Price seat2 is sold at a quantity of 5 or more, not 3."
        )
    assert db.session.scalars(select(OutboxMessage.recipient)).all() == ["ada@ashdown.example"]


@pytest.mark.usefixtures("subscriber")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("X", "X2", "--on", "2026-12-01"), "2026-12-23 is the first possible day."),
        (("X", "A"), "Price A is for another product than X: use flask schedules change instead."),
        (("X", "Q"), "The catalog has no price Q: `flask catalog show` lists them."),
    ],
)
def test_a_move_that_cannot_be_is_refused_in_a_line(
    run: Run, arguments: tuple[str, ...], why: str
) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.endswith(f"{why}\n")
    assert len(refused.stderr.splitlines()) == 1


def test_without_a_catalog_it_says_what_to_do(app: Flask) -> None:
    refused = app.test_cli_runner().invoke(args=["prices", "move", "A", "B"])
    assert refused.exit_code == 1
    assert "run `flask catalog apply FILE`" in refused.stderr
