"""What a catalog says of plans besides their prices, and of the tax: read, refused, stored."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.factories import FERN, amara_with, fern_with

from pricingsite.models.catalog import Feature, Plan
from pricingsite.models.merchant import Merchant
from pricingsite.pricing import TaxShown
from pricingsite.services.catalog.applying import Applied, apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.merchant import vat_rates

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
TAX = 'name = "sales tax"\nshown = "excluded"'
TEAM = 'limits = { guests = "20" }'
CONTACT = 'contact = "sales@fern.example"'


def applied(session: Session, toml: bytes, *, later: bool = False) -> Applied:
    now = NOW + timedelta(days=later)
    return apply(session, read_catalog(toml), archive=False, now=now)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # The tax.
        (
            'shown = "excluded"',
            'shown = "hidden"',
            (
                "merchant.tax.shown: expected one of excluded_and_included, included, excluded, "
                'found "hidden"'
            ),
        ),
        ('\nshown = "excluded"', "", "merchant.vat_rates: this key is missing"),
        ('shown = "excluded"', 'shown = "included"', "merchant.vat_rates: this key is missing"),
        (
            'name = "sales tax"',
            f'name = "{"tax" * 9}"',
            "merchant.tax.name: expected a name of at most 24 characters, such as VAT",
        ),
        ("[merchant.tax]", "[merchant.tax]\nrate = 1", "merchant.tax.rate: unknown key"),
        # Features.
        ('id = "guests"', 'id = "boards"', 'features[1].id: "boards" is the id of features[0]'),
        ('id = "guests"', 'id = "exports"', 'features[1].id: "exports" is the id of metrics[0]'),
        ('name = "Boards"\n', "", "features[0].name: this key is missing"),
        # Values and limits.
        (
            "values = { sso = false,",
            "values = { sos = false,",
            'plans[0].values.sos: there is no feature "sos" in this file',
        ),
        (
            "values = { sso = false,",
            "values = { exports = false,",
            'plans[0].values.exports: there is no feature "exports" in this file',
        ),
        (
            "values = { sso = false,",
            "values = { sso = 3,",
            "plans[0].values.sso: expected true, false or text in quotes, found a number",
        ),
        (
            "values = { sso = false,",
            'values = { "Single sign-on" = false,',
            'plans[0].values.Single sign-on: "Single sign-on" is not an id',
        ),
        ('limits = { boards = "3",', 'limits = "3" #', "plans[0].limits: expected a table of keys"),
        (
            'boards = "3"',
            'seats = "3"',
            'plans[0].limits.seats: there is no metric or feature "seats" in this file',
        ),
        (
            'boards = "3"',
            "boards = 3",
            'plans[0].limits.boards: expected a decimal in quotes such as "0.45", found a number',
        ),
        ('boards = "3"', 'boards = "-3"', "plans[0].limits.boards: "),
        (
            'boards = "3"',
            'boards = "1000000000001"',
            "plans[0].limits.boards: expected at most 1000000000000, found 1000000000001",
        ),
        # Plans to talk about, and the one that is recommended.
        (
            CONTACT,
            f'{CONTACT}\nprices = ["team"]',
            "plans[2].prices: a plan to talk about has no prices: keep either prices or contact",
        ),
        (CONTACT, "", "plans[2].prices: this key is missing"),
        (CONTACT, 'contact = "sales"', 'plans[2].contact: "sales" is not an e-mail address'),
        (
            CONTACT,
            'contact = "http://fern.example/talk"',
            (
                "plans[2].contact: expected an e-mail address or one that begins with "
                '"https://", found "http://fern.example/talk"'
            ),
        ),
        (
            CONTACT,
            'contact = "javascript:alert(1)"',
            "plans[2].contact: expected an e-mail address or one that begins with",
        ),
        (CONTACT, 'contact = "https:///talk"', "plans[2].contact: expected an e-mail address or"),
        (
            CONTACT,
            f'{CONTACT}\nrecommended = "Write to us."',
            "plans[2].recommended: plans[1] is recommended already: keep one",
        ),
    ],
)
def test_a_problem_is_one_line_with_its_place(old: str, new: str, problem: str) -> None:
    with pytest.raises(CatalogError) as refused:
        read_catalog(fern_with((old, new)))
    # What names an id that is no longer there is told as well.
    assert refused.value.problems[0].startswith(problem)


def test_a_file_without_these_keys_is_as_it_was(session: Session) -> None:
    applied(session, amara_with(('recommended = "The one', '# "The one')))
    merchant = session.get_one(Merchant, 1)
    assert (merchant.tax_name, merchant.tax_shown) == ("VAT", TaxShown.EXCLUDED_AND_INCLUDED)
    for plan in session.scalars(select(Plan)):
        assert (plan.feature_values, plan.limits) == ({}, {})
        assert (plan.contact, plan.recommended) == (None, None)


def test_what_a_plan_says_of_itself_is_stored(session: Session) -> None:
    applied(session, FERN.read_bytes())
    merchant = session.get_one(Merchant, 1)
    assert (merchant.tax_name, merchant.tax_shown) == ("sales tax", TaxShown.EXCLUDED)
    assert vat_rates(session) == ()
    features = session.scalars(select(Feature).order_by(Feature.position)).all()
    assert [feature.id for feature in features] == ["boards", "guests", "sso", "support"]
    assert [feature.group_name for feature in features] == [None, None, "Security", "Help"]
    solo, team, enterprise = (session.get_one(Plan, id_) for id_ in ("solo", "team", "enterprise"))
    assert solo.feature_values == {"sso": False, "support": "Community"}
    assert solo.limits == {"boards": "3", "exports": "10"}
    assert team.recommended == "Most teams start here."
    assert (enterprise.contact, enterprise.prices) == ("sales@fern.example", [])


def test_applying_it_again_changes_nothing(session: Session) -> None:
    applied(session, FERN.read_bytes())
    assert not applied(session, FERN.read_bytes(), later=True).changed
    assert not applied(session, fern_with(('guests = "20"', 'guests = "20.0"')), later=True).changed


def test_all_of_it_may_change_and_features_go_without_being_archived(session: Session) -> None:
    applied(session, FERN.read_bytes())
    support = '[[features]]\nid = "support"\nname = "Support"\ngroup = "Help"\n'
    changed = applied(
        session,
        fern_with(
            (support, ""),
            (', support = "Community"', ""),
            (', support = "E-mail, one working day"', ""),
            ('name = "Guests"', 'name = "Readers"'),
            ('guests = "20"', 'guests = "30"'),
            ('recommended = "Most teams start here."\n', ""),
            (CONTACT, 'contact = "https://fern.example/talk"'),
            ('name = "sales tax"', 'name = "tax"'),
        ),
        later=True,
    )
    assert changed.removed == ("feature support",)
    assert set(changed.updated) == {
        "merchant",
        "feature guests",
        "plan solo",
        "plan team",
        "plan enterprise",
    }
    assert session.get(Feature, "support") is None
    assert session.get_one(Plan, "team").limits == {"guests": "30"}
    assert session.get_one(Plan, "enterprise").contact == "https://fern.example/talk"


def test_a_plan_with_prices_becomes_one_to_talk_about_and_back(session: Session) -> None:
    applied(session, FERN.read_bytes())
    talk = fern_with(('prices = ["team"]', 'contact = "sales@fern.example"'))
    assert applied(session, talk, later=True).updated == ("plan team",)
    assert session.get_one(Plan, "team").prices == []
    assert applied(session, FERN.read_bytes(), later=True).updated == ("plan team",)
    assert [price.id for price in session.get_one(Plan, "team").prices] == ["team"]


def test_rates_may_come_later(session: Session) -> None:
    applied(session, FERN.read_bytes())
    rates = 'vat_rates = [{ valid_from = "2026-01-01", rate = "0.08" }]\n'
    added = applied(session, fern_with(("[merchant.tax]", f"{rates}[merchant.tax]")), later=True)
    assert added.added == ("VAT rate from 2026-01-01",)
