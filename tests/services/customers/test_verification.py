"""What is verified of customers for their tax, and what takes it back."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.factories import BASIN

from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import TaxEvidence, TaxTreatment
from pricingsite.services.billing.tax import tax_treatment
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.details import (
    CustomerDetails,
    create_customer,
    update_customer,
)
from pricingsite.services.customers.verification import (
    VerificationError,
    approve_business,
    verify_tax_id,
)
from pricingsite.services.invoices.snapshots import buyer_details

DETAILS = CustomerDetails(
    legal_name="Kaltenbach GmbH",
    billing_email="rechnung@kaltenbach.example",
    country="DE",
    town="Köln",
    tax_id="DE 136695976",
)
AMERICAN = replace(DETAILS, legal_name="Calder Inc.", country="US", tax_id="12-3456789")


def customer_of(session: Session, details: CustomerDetails = DETAILS) -> Customer:
    return create_customer(session, details, now=NOW)


def treatment_of(session: Session, customer: Customer) -> TaxTreatment:
    return tax_treatment(session.get_one(Merchant, 1), customer)


def test_check_digits_alone_change_no_tax(amara: Session) -> None:
    customer = customer_of(amara)
    assert customer.tax_id_valid
    assert treatment_of(amara, customer) is TaxTreatment.STANDARD


def test_a_verified_tax_id_is_a_reverse_charge_and_says_how_it_was_verified(amara: Session) -> None:
    customer = customer_of(amara)
    verify_tax_id(amara, customer, consultation="WAPIAAAAX7", now=NOW)
    amara.commit()
    assert treatment_of(amara, customer) is TaxTreatment.REVERSE_CHARGE
    stated = buyer_details(customer)
    assert stated["tax_id_consultation"] == "WAPIAAAAX7"
    assert (stated["tax_evidence"], stated["tax_verified_by"]) == ("tax_id", "merchant")
    assert stated["tax_verified_at"] == "2026-11-23T18:40:00+00:00"
    assert stated["business_evidence"] is None


def test_a_business_without_tax_ids_is_outside_the_scope_on_evidence(amara: Session) -> None:
    customer = customer_of(amara, AMERICAN)
    assert treatment_of(amara, customer) is TaxTreatment.STANDARD
    approve_business(amara, customer, evidence="Delaware file 7", now=NOW)
    assert treatment_of(amara, customer) is TaxTreatment.OUTSIDE_SCOPE
    assert buyer_details(customer)["business_evidence"] == "Delaware file 7"


def test_what_is_not_there_cannot_be_verified(amara: Session) -> None:
    with pytest.raises(VerificationError, match="has no tax id to verify"):
        verify_tax_id(
            amara, customer_of(amara, replace(DETAILS, tax_id=None)), consultation="W", now=NOW
        )
    with pytest.raises(VerificationError, match="Companies in DE have VAT numbers"):
        approve_business(amara, customer_of(amara), evidence="a register", now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"tax_id": "DE811907980"},
        {"tax_id": None},
        {"legal_name": "Kaltenbach AG"},
        {"country": "AT"},
        {"country": "GB"},
    ],
)
def test_another_tax_id_name_or_country_takes_the_verification_back(
    amara: Session, change: dict[str, str | None]
) -> None:
    customer = customer_of(amara)
    verify_tax_id(amara, customer, consultation="WAPIAAAAX7", now=NOW)
    update_customer(amara, customer, replace(DETAILS, **change), now=NOW)
    amara.commit()
    assert (customer.tax_evidence, customer.tax_verified_at) == (None, None)
    assert (customer.tax_verified_by, customer.tax_id_consultation) == (None, None)
    assert treatment_of(amara, customer) is TaxTreatment.STANDARD


def test_other_details_leave_it(amara: Session) -> None:
    customer = customer_of(amara)
    verify_tax_id(amara, customer, consultation="WAPIAAAAX7", now=NOW)
    same = {"tax_id": " de136695976", "legal_name": "Kaltenbach GmbH "}
    update_customer(
        amara, customer, replace(DETAILS, town="Bonn", contact_name="Ada", **same), now=NOW
    )
    assert (customer.town, customer.tax_evidence) == ("Bonn", TaxEvidence.TAX_ID)


def test_details_that_were_read_before_a_verification_still_take_it_back(amara: Session) -> None:
    customer = customer_of(amara)
    amara.commit()
    assert customer.tax_evidence is None
    # Somebody else verifies it after this session has read it.
    amara.execute(
        text(
            "UPDATE customers SET tax_evidence = 'tax_id', tax_verified_by = 'merchant', "
            "tax_verified_at = '2026-11-23 18:40:00'"
        )
    )
    update_customer(amara, customer, replace(DETAILS, tax_id="DE811907980"), now=NOW)
    amara.commit()
    assert treatment_of(amara, customer) is TaxTreatment.STANDARD


def test_a_merchant_without_vat_asks_nobody_for_a_verification(session: Session) -> None:
    apply(session, read_catalog(BASIN.read_bytes()), archive=False, now=NOW)
    assert treatment_of(session, customer_of(session)) is TaxTreatment.REVERSE_CHARGE
    other = customer_of(session, replace(DETAILS, tax_id="DE136695977"))
    assert treatment_of(session, other) is TaxTreatment.STANDARD


@pytest.mark.parametrize(
    "wrong",
    [
        "tax_evidence = 'word of honour', tax_verified_at = created_at, tax_verified_by = 'x'",
        "tax_evidence = 'tax_id'",
        "tax_verified_at = created_at",
        "tax_evidence = 'business', tax_verified_at = created_at, tax_verified_by = 'x'",
        "business_evidence = 'a register'",
        "tax_id_consultation = 'W'",
        (
            "tax_evidence = 'tax_id', tax_verified_at = created_at, tax_verified_by = 'x', "
            "tax_id = NULL, tax_id_valid = false"
        ),
    ],
)
def test_the_database_keeps_no_half_of_a_verification(amara: Session, wrong: str) -> None:
    customer_of(amara)
    amara.commit()
    with pytest.raises(IntegrityError):
        amara.execute(text(f"UPDATE customers SET {wrong}"))  # noqa: S608 - what the test names
    amara.rollback()


def test_it_counts_from_the_next_bill_on(account: Account) -> None:
    customer = account.customer
    customer.country, customer.tax_id = "DE", "DE136695976"
    account.subscribe("A", start=date(2026, 10, 1))
    account.session.flush()
    assert str(account.read().bill.tax) == "100.00"
    late = datetime(2026, 11, 30, 23, tzinfo=UTC)
    verify_tax_id(account.session, customer, consultation="WAPIAAAAX7", now=late)
    assert str(account.read(late).bill.tax) == "0.00"
