from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from pricingsite.services.customers.aliases import (
    AliasError,
    add_alias,
    customers_of,
    find_customer,
)
from pricingsite.services.customers.details import (
    CustomerDetails,
    create_customer,
    list_customers,
    update_customer,
)
from pricingsite.services.customers.tax_ids import check_tax_id

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
DETAILS = CustomerDetails(
    legal_name="  Ashdown Ltd ",
    contact_name="Ada Byron",
    billing_email="ada@ashdown.example",
    line1="1 High Street",
    line2="",
    town="Leeds",
    postcode="LS1 1AA",
    country="GB",
    tax_id="gb 123 4567 82",
)


@pytest.mark.parametrize(
    ("country", "text", "normalised", "verified"),
    [
        ("GB", None, None, False),
        ("GB", "  ", None, False),
        ("GB", "GB 123 4567 82", "GB123456782", True),
        ("GB", "123456782", "GB123456782", True),
        ("GB", "gb123.456.782", "GB123456782", True),
        ("GB", "XI 123 4567 82", "XI123456782", True),
        ("GB", "GD001", "GBGD001", True),
        ("GB", "GBHA500", "GBHA500", True),
        ("GB", "GB123456789", "GB123456789", False),
        ("GB", "123456789", "123456789", False),
        ("GB", "DE136695976", "DE136695976", False),
        ("DE", "DE 136 695 976", "DE136695976", True),
        ("DE", "136695976", "DE136695976", True),
        ("DE", "DE136695977", "DE136695977", False),
        ("DE", "ATU13585627", "ATU13585627", False),
        ("AT", "U13585627", "ATU13585627", True),
        ("FR", "FR 40 303 265 045", "FR40303265045", True),
        ("GR", "EL094259216", "EL094259216", True),
        ("GR", "GR094259216", "EL094259216", True),
        ("GR", "094259216", "EL094259216", True),
        ("IE", "GB123456782", "GB123456782", False),
        ("US", " 12-3456789", "12-3456789", False),
        ("DE", "DE 136,695 976", "DE136695976", True),
        ("DE", "DE136\N{EN DASH}695\N{NON-BREAKING HYPHEN}976", "DE136695976", True),
        ("DE", "ＤＥ１３６６９５９７６", "DE136695976", True),  # noqa: RUF001 - full-width
        ("DE", "DE 136\N{NO-BREAK SPACE}695\N{MIDDLE DOT}976", "DE136695976", True),
        ("DE", "\N{ARABIC-INDIC DIGIT ONE}36695976", "DE136695976", True),
        ("DE", "DE 136,695 977", "DE 136,695 977", False),
        ("DE", "\N{ETHIOPIC DIGIT ONE}36695976", "\N{ETHIOPIC DIGIT ONE}36695976", False),
        ("GB", "not registered", "not registered", False),
        ("GB", "-", None, False),
    ],
)
def test_a_tax_id_is_checked_by_its_country_and_kept_either_way(
    country: str, text: str | None, normalised: str | None, *, verified: bool
) -> None:
    tax_id = check_tax_id(country, text)
    assert (tax_id.normalised, tax_id.valid) == (normalised, verified)


@settings(deadline=None)
@given(country=st.sampled_from(["GB", "DE", "FR", "GR", "NL", "US"]), typed=st.text(max_size=30))
def test_no_tax_id_is_too_odd_to_keep(country: str, typed: str) -> None:
    tax_id = check_tax_id(country, typed)
    assert tax_id.valid or tax_id.normalised in {typed.strip(), None}


def test_a_new_customer_has_an_id_and_is_not_verified(session: Session) -> None:
    customer = create_customer(session, DETAILS, now=NOW)
    assert customer.id.startswith("cus_")
    assert (customer.legal_name, customer.line2) == ("Ashdown Ltd", None)
    assert (customer.tax_id, customer.tax_id_valid) == ("GB123456782", True)
    assert (customer.created_at, customer.verified_at) == (NOW, None)


def test_details_are_changed_as_a_whole_and_the_tax_id_is_checked_anew(session: Session) -> None:
    customer = create_customer(session, DETAILS, now=NOW)
    update_customer(
        session,
        customer,
        CustomerDetails(
            legal_name="Ashdown SARL",
            billing_email="bills@ashdown.example",
            country="FR",
            tax_id="FR 40 303 265 046",
        ),
        now=NOW,
    )
    session.expire(customer)
    assert (customer.legal_name, customer.country) == ("Ashdown SARL", "FR")
    assert (customer.contact_name, customer.town) == (None, None)
    assert (customer.tax_id, customer.tax_id_valid) == ("FR 40 303 265 046", False)


def test_a_customer_is_found_by_its_id_and_by_its_aliases(session: Session) -> None:
    customer = create_customer(session, DETAILS, now=NOW)
    add_alias(session, customer, "ashdown")
    assert customers_of(session, [customer.id]) == {customer.id: customer.id}
    assert customers_of(session, ["ashdown"]) == {"ashdown": customer.id}
    assert not customers_of(session, ["Ashdown"])
    assert not customers_of(session, [""])
    assert find_customer(session, customer.id) is find_customer(session, "ashdown") is customer
    assert find_customer(session, "Ashdown") is None
    assert find_customer(session, "held\0out") is None


@pytest.mark.parametrize(
    "alias",
    ["ashdown", "the other's id", "", " ashdown", "ashdown\n", "x" * 256, "a\0b", "\ud83d", "."],
)
def test_an_alias_names_one_customer(session: Session, alias: str) -> None:
    first = create_customer(session, DETAILS, now=NOW)
    second = create_customer(session, DETAILS, now=NOW)
    add_alias(session, first, "ashdown")
    with pytest.raises(AliasError, match="alias"):
        add_alias(session, second, first.id if alias == "the other's id" else alias)
    # The refusal leaves the rest of the transaction as it was.
    assert len(list_customers(session)) == 2
    assert customers_of(session, ["ashdown"]) == {"ashdown": first.id}


def test_customers_are_listed_in_the_order_they_came(session: Session) -> None:
    assert list_customers(session) == []
    later = create_customer(session, DETAILS, now=NOW.replace(hour=20))
    earlier = create_customer(session, DETAILS, now=NOW)
    assert list_customers(session) == [earlier, later]
