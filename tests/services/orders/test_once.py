"""What is given so often, or once a company, holds however many ask at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from flask import Flask
from support.accounts import NOW

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.promotions import CompanyClaim, Promotion
from pricingsite.services.customers.companies import (
    claim_once,
    companies_of,
    has_claimed,
    is_known,
)
from pricingsite.services.orders.promotions import PromotionError, give_back, redeem
from pricingsite.web.transaction import committing

BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
AT_ONCE = 4


def customer(number: int, email: str = "ada@ashdown.example", **more: str) -> Customer:
    return Customer(
        id=f"cus_{number}",
        legal_name="Ashdown",
        billing_email=email,
        country="GB",
        created_at=NOW,
        **more,
    )


@BOTH
def test_a_code_is_redeemed_no_more_often_than_it_may_be(app: Flask) -> None:
    with app.app_context():
        db.session.add(
            Promotion(
                id="LAUNCH",
                position=0,
                rate=Decimal("0.2"),
                plans=[],
                new_customers_only=False,
                maximum_redemptions=2,
            )
        )
        db.session.commit()
    barrier = Barrier(AT_ONCE)

    def try_it(_: int) -> bool:
        barrier.wait()
        with app.app_context():
            try:
                with committing(db.session):
                    redeem(db.session(), "LAUNCH")
            except PromotionError:
                return False
            return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(try_it, range(AT_ONCE))) == [False, False, True, True]
    with app.app_context():
        assert db.session.get_one(Promotion, "LAUNCH").redeemed == 2
        give_back(db.session(), "LAUNCH")
        redeem(db.session(), "LAUNCH")
        with pytest.raises(PromotionError):
            redeem(db.session(), "LAUNCH")


@BOTH
def test_a_company_claims_once(app: Flask) -> None:
    with app.app_context():
        db.session.add_all(customer(n) for n in range(AT_ONCE))
        db.session.commit()
    barrier = Barrier(AT_ONCE)

    def try_it(number: int) -> bool:
        barrier.wait()
        with app.app_context(), committing(db.session):
            own = db.session.get_one(Customer, f"cus_{number}")
            return claim_once(db.session(), "trial", own)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(try_it, range(AT_ONCE))) == [False, False, False, True]
    with app.app_context():
        (claim,) = db.session.query(CompanyClaim)
        others = [one for one in db.session.query(Customer) if one.id != claim.customer_id]
        assert all(has_claimed(db.session(), "trial", one) for one in others)
        assert not has_claimed(db.session(), "code:LAUNCH", others[0])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("ada@ashdown.example", {}), ("bob@Ashdown.example", {}), True),
        (("ada@gmail.com", {}), ("bob@gmail.com", {}), False),
        (("ada.b+x@gmail.com", {}), ("adab@gmail.com", {}), True),
        (
            ("ada@ashdown.example", {"tax_id": "GB 123 4567 82"}),
            ("ada@gmail.com", {"tax_id": "gb123456782"}),
            True,
        ),
        (("ada@ashdown.example", {}), ("ada@mail.ashdown.example", {}), False),
    ],
)
def test_a_company_is_known_by_its_tax_id_and_domain(
    one: tuple[str, dict[str, str]], other: tuple[str, dict[str, str]], *, same: bool
) -> None:
    known = (
        companies_of(customer(n, email, **more)) for n, (email, more) in enumerate((one, other))
    )
    first, second = map(set, known)
    assert bool(first & second) is same
    assert "ashdown" not in "".join(first)


def test_a_new_company_is_one_without_a_proven_customer(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        mine, other = customer(1), customer(2, "bob@ashdown.example")
        stranger = customer(3, "eve@dashdown.example", verified_at=NOW)  # type: ignore[arg-type]
        session.add_all([mine, stranger])
        session.flush()
        assert not is_known(session, mine)
        other.verified_at = NOW
        session.add(other)
        session.flush()
        assert is_known(session, mine)
