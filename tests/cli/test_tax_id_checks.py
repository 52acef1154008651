"""`flask outbox deliver` checks VAT numbers online, where a register is set."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from click.testing import Result
from conftest import Clock
from flask import Flask
from sqlalchemy import select
from support.factories import have_amara
from support.register import CONSULTATION, Register, register

from pricingsite.database import db
from pricingsite.models.customers import Customer, TaxIdCheck
from pricingsite.services.customers.details import (
    CustomerDetails,
    create_customer,
    update_customer,
)
from pricingsite.services.customers.verification import verify_tax_id
from pricingsite.services.messages.outbox import enqueue

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
NUMBER, OTHER = "DE136695976", "DE811907980"

pytestmark = pytest.mark.parametrize("database_url", BOTH, indirect=True)


@pytest.fixture
def known(app: Flask) -> Iterator[Register]:
    with app.app_context():
        have_amara(db.session())
        db.session.commit()
    with register() as found:
        app.config["TAX_ID_CHECK_URL"] = found.url
        yield found


@pytest.fixture
def deliver(app: Flask) -> Callable[[], Result]:
    def deliver() -> Result:
        done = app.test_cli_runner().invoke(args=["outbox", "deliver"])
        assert done.exit_code == 0, done.output
        return done

    return deliver


Deliver = Callable[[], Result]


def details(
    tax_id: str = NUMBER, *, name: str = "Kaltenbach", country: str = "DE"
) -> CustomerDetails:
    return CustomerDetails(
        legal_name=name, billing_email="a@b.example", country=country, tax_id=tax_id
    )


def a_customer(app: Flask, given: CustomerDetails | None = None) -> str:
    with app.app_context():
        customer_id = create_customer(db.session(), given or details(), now=app.config["NOW"]).id
        db.session.commit()
        return customer_id


def stored(app: Flask, customer_id: str) -> tuple[str | None, str | None, str | None]:
    """What is verified of a customer, by whom, and with which number."""
    with app.app_context():
        customer = db.session.get_one(Customer, customer_id)
        return customer.tax_evidence, customer.tax_verified_by, customer.tax_id_consultation


def change(app: Flask, customer_id: str, to: CustomerDetails) -> None:
    with app.app_context():
        update_customer(
            db.session(), db.session.get_one(Customer, customer_id), to, now=app.config["NOW"]
        )
        db.session.commit()


VERIFIED = ("tax_id", "127.0.0.1", CONSULTATION)
NOTHING = (None, None, None)


def test_a_number_that_the_register_knows_is_verified(
    app: Flask, known: Register, deliver: Deliver
) -> None:
    customer = a_customer(app)
    deliver()
    assert stored(app, customer) == VERIFIED
    with app.app_context():
        check = db.session.scalars(select(TaxIdCheck)).one()
        assert (check.valid, check.consultation) == (True, CONSULTATION)
        assert check.answered_at == app.config["NOW"]
    deliver()
    assert len(known.asked) == 1


def test_one_that_it_does_not_know_is_asked_again_after_a_week(
    app: Flask, known: Register, deliver: Deliver, clock: Clock
) -> None:
    known.answer = {"valid": False}
    customer = a_customer(app)
    deliver()
    clock.set(clock.now + timedelta(days=6))
    deliver()
    assert (stored(app, customer), len(known.asked)) == (NOTHING, 1)
    known.answer = {"valid": True, "requestIdentifier": CONSULTATION}
    clock.set(clock.now + timedelta(days=1))
    deliver()
    assert stored(app, customer) == VERIFIED


def test_while_it_is_down_nothing_changes_and_mail_goes_out_and_it_is_tried_again(
    app: Flask, known: Register, deliver: Deliver, clock: Clock
) -> None:
    known.status = 503
    first, second = a_customer(app), a_customer(app, details(OTHER))
    with app.app_context():
        words = {"subject": "A fact", "text": "Words"}
        enqueue(db.session(), key="fact", to="a@b.example", now=clock.now, **words)
        db.session.commit()
    assert "delivered 1, failed 0" in deliver().stdout
    deliver()
    # One failure is enough: the others are not asked about, and nobody is for a minute.
    assert len(known.asked) == 1
    assert [stored(app, one) for one in (first, second)] == [NOTHING, NOTHING]
    known.status = 200
    clock.set(clock.now + timedelta(minutes=2))
    deliver()
    assert sorted(stored(app, one) == VERIFIED for one in (first, second)) == [False, True]
    clock.set(clock.now + timedelta(minutes=4))
    deliver()
    assert [stored(app, one) for one in (first, second)] == [VERIFIED, VERIFIED]


def test_what_the_merchant_has_recorded_stays(
    app: Flask, known: Register, deliver: Deliver
) -> None:
    customer = a_customer(app)

    def verify() -> None:
        with app.app_context():
            row = db.session.get_one(Customer, customer)
            verify_tax_id(db.session(), row, consultation="BY HAND", now=app.config["NOW"])
            db.session.commit()

    known.when_asked = verify
    known.answer = {"valid": False}
    deliver()
    assert stored(app, customer) == ("tax_id", "merchant", "BY HAND")
    deliver()
    assert len(known.asked) == 1


def test_an_answer_about_a_number_that_changed_meanwhile_says_nothing(
    app: Flask, known: Register, deliver: Deliver
) -> None:
    customer = a_customer(app)

    def correct() -> None:
        known.when_asked = lambda: None
        known.answer = {"valid": False}
        change(app, customer, details(OTHER))

    known.when_asked = correct
    known.answer = {"valid": True, "requestIdentifier": CONSULTATION}
    deliver()
    assert stored(app, customer) == NOTHING
    assert [one["vatNumber"] for one in known.asked] == [NUMBER[2:], OTHER[2:]]


def test_a_verification_that_is_taken_back_is_asked_for_again(
    app: Flask, known: Register, deliver: Deliver
) -> None:
    customer = a_customer(app)
    deliver()
    change(app, customer, details(name="Kaltenbach AG"))
    assert stored(app, customer) == NOTHING
    known.answer = {"valid": True, "requestIdentifier": "ANOTHER"}
    deliver()
    assert stored(app, customer) == ("tax_id", "127.0.0.1", "ANOTHER")


def test_who_cannot_be_in_it_is_not_asked_about(
    app: Flask, known: Register, deliver: Deliver
) -> None:
    a_customer(app, details("GB123456782", country="GB"))
    a_customer(app, details("DE136695977"))
    a_customer(app, details("CHE-100.155.212", country="CH"))
    deliver()
    assert known.asked == []


def test_it_is_off_unless_a_register_is_set(app: Flask, known: Register, deliver: Deliver) -> None:
    app.config["TAX_ID_CHECK_URL"] = None
    a_customer(app)
    deliver()
    assert known.asked == []
