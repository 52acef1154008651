"""`flask customers verify-tax-id | approve-business`."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.services.customers.aliases import add_alias
from pricingsite.services.customers.details import CustomerDetails, create_customer

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def run(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=["customers", *arguments])

    return run


def a_customer(session: Session, country: str, tax_id: str | None = None) -> Customer:
    details = CustomerDetails(
        legal_name="Ashdown", billing_email="a@b.example", country=country, tax_id=tax_id
    )
    customer = create_customer(session, details, now=session.info["now"])
    session.commit()
    return customer


@pytest.fixture
def selling(amara: Session, app: Flask) -> Session:
    amara.info["now"] = app.config["NOW"]
    return amara


def test_a_tax_id_is_verified_by_its_consultation_number(selling: Session, run: Run) -> None:
    customer = a_customer(selling, "DE", "DE136695976")
    add_alias(selling, customer, "ashdown")
    selling.commit()
    done = run("verify-tax-id", "ashdown", "--consultation", " WAPIAAAAX7 ")
    assert done.stdout == (
        "Tax id DE136695976 of Ashdown verified: its bills are under the reverse charge from now "
        "on.\n"
    )
    selling.refresh(customer)
    assert (customer.tax_id_consultation, customer.tax_verified_by) == ("WAPIAAAAX7", "merchant")
    assert customer.tax_verified_at == selling.info["now"]


def test_a_business_is_approved_on_evidence(selling: Session, run: Run) -> None:
    customer = a_customer(selling, "US")
    done = run("approve-business", customer.id, "--evidence", "Delaware file 7")
    assert done.stdout == (
        "Business of Ashdown verified: its bills are outside the scope of VAT from now on.\n"
    )
    selling.refresh(customer)
    assert customer.business_evidence == "Delaware file 7"


def test_at_home_nothing_changes(selling: Session, run: Run) -> None:
    customer = a_customer(selling, "GB", "GB123456782")
    done = run("verify-tax-id", customer.id, "--consultation", "7")
    assert "it is in your own country, so that VAT is charged as before" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify-tax-id", "nobody", "--consultation", "7"), "There is no customer nobody"),
        (("verify-tax-id", "ID", "--consultation", "7"), "Ashdown has no tax id to verify"),
        (("verify-tax-id", "ID", "--consultation", " "), "give the consultation on one line"),
        (("verify-tax-id", "ID"), "Missing option '--consultation'"),
        (("approve-business", "ID", "--evidence", "a register"), "Companies in DE have VAT"),
        (("approve-business", "nobody", "--evidence", "x"), "There is no customer nobody"),
        (("approve-business", "ID", "--evidence", "a\u200bb"), "cannot be seen"),
    ],
)
def test_what_cannot_be_verified_is_told(
    selling: Session, run: Run, arguments: tuple[str, ...], said: str
) -> None:
    customer = a_customer(selling, "DE")
    done = run(*[customer.id if one == "ID" else one for one in arguments])
    assert done.exit_code != 0
    assert said in done.stderr
    selling.refresh(customer)
    assert customer.tax_evidence is None
