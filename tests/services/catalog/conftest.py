"""Amara's catalog, applied, and what applies it again."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session
from support.applying import LATER, NOW, Apply, Edit
from support.factories import amara_with, apply_amara

from pricingsite.models.catalog import Price
from pricingsite.models.merchant import Merchant
from pricingsite.services.catalog.applying import Applied, apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.schedules.creating import create_schedule, new_schedule


@pytest.fixture
def amara(session: Session) -> Session:
    apply_amara(session, now=NOW)
    return session


@pytest.fixture
def reapply(amara: Session) -> Apply:
    """Apply Amara's file with edits; the first of each `old` becomes its `new`."""

    def reapply(*edits: Edit, archive: bool = False, now: datetime = LATER) -> Applied:
        return apply(amara, read_catalog(amara_with(*edits)), archive=archive, now=now)

    return reapply


@pytest.fixture
def subscribed(amara: Session) -> Session:
    """Amara with a customer whose billing schedule stands on the catalog."""
    details = CustomerDetails(legal_name="Ashdown Ltd", billing_email="a@b.example", country="GB")
    create_schedule(
        amara,
        new_schedule(
            customer=create_customer(amara, details, now=NOW),
            prices=[amara.get_one(Price, "A")],
            start=date(2026, 11, 1),
            merchant=amara.get_one(Merchant, 1),
            now=NOW,
        ),
    )
    return amara
