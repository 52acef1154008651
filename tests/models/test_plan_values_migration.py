"""The migration to values of plans: with rows, and where it must refuse."""

from datetime import UTC, datetime

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from support.accounts import Account
from support.factories import FERN, fern_with

from pricingsite.models.catalog import Plan
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import TaxShown
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

BEFORE = "0013"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]

pytestmark = pytest.mark.parametrize("database_url", BOTH, indirect=True)


def test_it_goes_down_and_up_with_the_rows_it_finds(session: Session) -> None:
    account = Account(session)
    account.subscribe("A", "X")
    session.commit()
    net = account.read().bill.net
    session.rollback()
    downgrade(revision=BEFORE)
    upgrade()
    merchant = session.get_one(Merchant, 1)
    assert (merchant.tax_name, merchant.tax_shown) == ("VAT", TaxShown.EXCLUDED_AND_INCLUDED)
    plan = session.get_one(Plan, "scale", populate_existing=True)
    assert (plan.feature_values, plan.limits, plan.contact) == ({}, {}, None)
    assert account.read().bill.net == net


def test_the_database_refuses_another_way_of_showing_tax(session: Session) -> None:
    apply(session, read_catalog(FERN.read_bytes()), archive=False, now=NOW)
    session.commit()
    with pytest.raises(IntegrityError):
        session.execute(text("UPDATE merchant SET tax_shown = 'hidden'"))
    session.rollback()


def test_it_is_not_taken_back_from_what_needs_it(session: Session) -> None:
    apply(session, read_catalog(FERN.read_bytes()), archive=False, now=NOW)
    session.commit()
    with pytest.raises(SystemExit, match="enterprise"):
        downgrade(revision=BEFORE)
    priced = fern_with(('contact = "sales@fern.example"', 'prices = ["team"]'))
    apply(session, read_catalog(priced), archive=False, now=NOW)
    session.commit()
    with pytest.raises(SystemExit, match="without a rate"):
        downgrade(revision=BEFORE)
    assert session.get_one(Plan, "enterprise").recommended is None
