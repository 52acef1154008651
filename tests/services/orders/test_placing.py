"""An order is one transaction, placed once whatever is retried, at the prices that were shown."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from support.factories import AMARA
from support.orders import new_list_price

from pricingsite.database import Base, db
from pricingsite.models.access import Invitation, Membership, User
from pricingsite.models.catalog import Plan, Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.models.orders import Order
from pricingsite.models.outbox import OutboxMessage
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.billing.first_bill import first_bill_of_prices, first_bill_of_schedule
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.customers.details import CustomerDetails
from pricingsite.services.merchant import read_seller
from pricingsite.services.orders.placing import (
    OrderCommand,
    OrderDraft,
    OrderKeyTakenError,
    PlanNotOnSaleError,
    PricesChangedError,
    draft_order,
    order_with_key,
    place_order,
)
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_list import price_list, price_version
from pricingsite.web.transaction import committing

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DETAILS = CustomerDetails(
    legal_name="Ashdown Ltd",
    billing_email="Ada@Ashdown.example",
    country="GB",
    contact_name="Ada Byron",
    line1="1 Analytical Row",
    town="London",
    postcode="E1 6AN",
)
SCALE = OrderCommand(plan_id="scale", details=DETAILS, start=TODAY, purchase_order="PO 7")
# What an order writes; nothing else may grow by one.
WRITTEN = (Customer, BillingSchedule, Phase, PhasePrice, Invitation, Order)


def version_of(session: Session, plan_id: str = "scale") -> str:
    plan = find_plan(session, plan_id)
    assert plan
    return price_version(plan, price_list(session, on=TODAY))


def draft(
    session: Session,
    command: OrderCommand = SCALE,
    *,
    key: str = "key-1",
    version: str | None = None,
) -> OrderDraft:
    shown = version_of(session, command.plan_id) if version is None else version
    return draft_order(session, command, order_key=key, shown_version=shown, now=NOW)


def place(
    session: Session,
    command: OrderCommand = SCALE,
    *,
    key: str = "key-1",
    version: str | None = None,
) -> Order:
    return place_order(session, draft(session, command, key=key, version=version))


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def written(session: Session) -> dict[str, int]:
    return {model.__name__: count(session, model) for model in WRITTEN}


def test_an_order_is_a_customer_on_the_plans_list_prices_and_an_invitation(amara: Session) -> None:
    placed = place(amara)
    amara.commit()
    amara.expire_all()

    order = amara.scalars(select(Order)).one()
    assert placed is order
    assert (order.plan_id, order.email, order.ordered_at) == ("scale", "ada@ashdown.example", NOW)
    assert order.terms_version == amara.get_one(Merchant, 1).terms_version
    customer = amara.scalars(select(Customer)).one()
    assert (customer.legal_name, customer.contact_name) == ("Ashdown Ltd", "Ada Byron")
    assert (customer.line1, customer.line2, customer.town) == ("1 Analytical Row", None, "London")
    assert customer.verified_at is None
    schedule = amara.scalars(select(BillingSchedule)).one()
    assert order.customer_id == customer.id == schedule.customer_id
    assert (schedule.start_date, schedule.anchor_date, schedule.end_date) == (TODAY, TODAY, None)
    assert (schedule.currency, schedule.timezone) == ("GBP", "Europe/London")
    assert schedule.purchase_order == "PO 7"
    assert [[price.id for price in phase.prices] for phase in schedule.phases] == [["A", "X"]]
    invitation = amara.scalars(select(Invitation)).one()
    assert (invitation.customer_id, invitation.email) == (customer.id, order.email)
    assert invitation.accepted_at is None
    assert count(amara, User) == count(amara, Membership) == 0


def test_a_draft_stores_nothing(amara: Session) -> None:
    drafted = draft(amara)
    amara.commit()
    assert set(written(amara).values()) == {0}
    assert drafted.order.customer.legal_name == "Ashdown Ltd"
    assert drafted.invitation is not None
    assert drafted.invitation.customer_id == drafted.order.customer.id


@pytest.mark.parametrize("model", WRITTEN)
def test_an_order_that_fails_half_way_leaves_nothing(amara: Session, model: type[Base]) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(model.__name__)

    drafted = draft(amara)
    event.listen(model, "before_insert", fail)
    try:
        with pytest.raises(RuntimeError, match=model.__name__), committing(db.session):
            place_order(amara, drafted)
    finally:
        event.remove(model, "before_insert", fail)
    assert set(written(amara).values()) == {0}
    assert count(amara, OutboxMessage) == 0


def test_what_follows_an_order_in_its_transaction_takes_it_along_when_it_fails(
    amara: Session,
) -> None:
    def order_and_fail() -> None:
        with committing(db.session):
            place(amara)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        order_and_fail()
    assert set(written(amara).values()) == {0}


def test_the_same_key_and_content_is_the_same_order(amara: Session) -> None:
    first = place(amara)
    amara.commit()
    before = written(amara)
    again = place(amara)
    amara.commit()
    assert again is first
    assert written(amara) == before
    assert order_with_key(amara, "key-1") is first
    assert order_with_key(amara, "key-2") is None


def test_a_retry_finds_its_order_after_the_plan_was_repriced_or_withdrawn(amara: Session) -> None:
    first, shown = place(amara), version_of(amara)
    amara.get_one(Plan, "scale").archived_at = NOW
    amara.add(VatRateRow(valid_from=date(2026, 11, 1), rate=Decimal(0)))
    amara.commit()
    assert place(amara, version=shown) is first


OTHER_CONTENT = {
    "company": replace(SCALE, details=replace(DETAILS, legal_name="Other Ltd")),
    "e-mail": replace(SCALE, details=replace(DETAILS, billing_email="b@ashdown.example")),
    "vat-number": replace(SCALE, details=replace(DETAILS, tax_id="GB123456782")),
    "start": replace(SCALE, start=date(2026, 12, 1)),
    "reference": replace(SCALE, purchase_order=None),
    "plan": replace(SCALE, plan_id="start"),
}


@pytest.mark.parametrize("other", OTHER_CONTENT.values(), ids=OTHER_CONTENT.keys())
def test_the_same_key_with_other_content_is_refused(amara: Session, other: OrderCommand) -> None:
    first = place(amara)
    amara.commit()
    with pytest.raises(OrderKeyTakenError, match=first.reference) as refusal:
        place(amara, other)
    assert refusal.value.order is first
    assert count(amara, Order) == 1


def test_another_key_is_another_order_and_another_customer(amara: Session) -> None:
    one, other = place(amara), place(amara, key="key-2")
    amara.commit()
    assert one.reference != other.reference
    assert one.customer_id != other.customer_id
    assert one.content_hash == other.content_hash


@pytest.mark.usefixtures("amara")
def test_two_at_the_same_moment_with_one_key_get_one_order(app: Flask) -> None:
    ready = Barrier(2)

    def order() -> tuple[str, bool]:
        with app.app_context():
            session = db.session()
            # Both have drafted before either writes, as two clicks would.
            drafted = draft(session)
            ready.wait(timeout=20)
            with committing(db.session):
                order = place_order(session, drafted)
                return order.reference, order is drafted.order

    with ThreadPoolExecutor(2) as threads:
        answers = [future.result() for future in [threads.submit(order) for _ in range(2)]]
    assert len({reference for reference, _ in answers}) == 1
    assert sorted(is_own for _, is_own in answers) == [False, True]
    with app.app_context():
        assert set(written(db.session()).values()) == {1, 2}
        assert written(db.session())["PhasePrice"] == 2  # A and X


def test_two_at_the_same_moment_with_one_key_and_other_content_get_one_order(
    app: Flask, amara: Session
) -> None:
    ready = Barrier(2)

    def order(command: OrderCommand) -> str:
        with app.app_context():
            drafted = draft(db.session(), command)
            ready.wait(timeout=20)
            try:
                with committing(db.session):
                    return place_order(db.session(), drafted).reference
            except OrderKeyTakenError as taken:
                return f"taken: {taken.order.reference}"

    commands = [SCALE, OTHER_CONTENT["company"]]
    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(order, commands))
    assert answers[1] == f"taken: {answers[0]}"
    amara.rollback()
    assert count(amara, Order) == count(amara, Customer) == 1


def test_prices_other_than_those_shown_are_refused(amara: Session) -> None:
    shown = version_of(amara)
    plan = amara.get_one(Plan, "scale")
    plan.plan_prices.pop()
    amara.commit()
    with pytest.raises(PricesChangedError):
        draft(amara, version=shown)
    assert set(written(amara).values()) == {0}
    assert place(amara).plan_id == "scale"


@pytest.mark.parametrize("version", ["", "0000000000000000"])
def test_a_version_that_was_never_shown_is_refused(amara: Session, version: str) -> None:
    with pytest.raises(PricesChangedError):
        draft(amara, version=version)


def test_what_changes_after_an_order_was_drafted_refuses_it(amara: Session) -> None:
    drafted = draft(amara)
    dearer, withdrawn = new_list_price("512"), AMARA.read_text().rpartition("[[plans]]")[0]
    for text, refusal in ((dearer, PricesChangedError), (withdrawn, PlanNotOnSaleError)):
        apply(amara, read_catalog(text.encode()), archive=True, now=NOW)
        amara.commit()
        with pytest.raises(refusal), committing(db.session):
            place_order(amara, drafted)
    assert set(written(amara).values()) == {0}


def test_an_order_is_placed_though_the_catalog_changed_elsewhere(amara: Session) -> None:
    drafted = draft(amara)
    text = AMARA.read_text().replace("Support by e-mail on working days", "Support by e-mail")
    apply(amara, read_catalog(text.encode()), archive=False, now=NOW)
    amara.commit()
    with committing(db.session):
        assert place_order(amara, drafted) is drafted.order
    assert count(amara, Order) == 1


def test_a_new_vat_rate_is_a_change_of_price(amara: Session) -> None:
    shown = version_of(amara)
    amara.add(VatRateRow(valid_from=date(2026, 11, 1), rate=Decimal("0.225")))
    amara.commit()
    with pytest.raises(PricesChangedError):
        draft(amara, version=shown)


@pytest.mark.parametrize("plan_id", ["scale", "no-such-plan"])
def test_a_plan_that_is_not_on_sale_is_refused(amara: Session, plan_id: str) -> None:
    shown = version_of(amara)
    amara.get_one(Plan, "scale").archived_at = NOW
    amara.commit()
    with pytest.raises(PlanNotOnSaleError):
        draft(amara, replace(SCALE, plan_id=plan_id), version=shown)
    assert set(written(amara).values()) == {0}


@pytest.mark.parametrize(
    ("start", "invoice_on", "period"),
    [
        (date(2026, 11, 23), date(2026, 12, 23), "2026-11-23 2026-12-23"),
        (date(2026, 1, 31), date(2026, 2, 28), "2026-01-31 2026-02-28"),
        (date(2028, 1, 31), date(2028, 2, 29), "2028-01-31 2028-02-29"),
        (date(2028, 2, 29), date(2028, 3, 29), "2028-02-29 2028-03-29"),
        (date(2026, 12, 31), date(2027, 1, 31), "2026-12-31 2027-01-31"),
    ],
    ids=str,
)
def test_the_first_bill_in_arrears_comes_after_the_first_period(
    amara: Session, start: date, invoice_on: date, period: str
) -> None:
    first = first_bill_of_prices(amara, [amara.get_one(Price, id_) for id_ in "AX"], start)
    assert first.invoice_on == invoice_on
    assert f"{first.bill.period.start} {first.bill.period.end}" == period
    assert (first.bill.net.minor, first.bill.tax.minor, first.bill.gross.minor) == (
        75_000, 15_000, 90_000,
    )  # fmt: skip
    assert first.due_on(start).minor == 0
    assert [price.id for price in first.prices] == ["A", "X"]


@pytest.mark.parametrize(
    ("country", "tax_id", "tax"),
    [
        ("GB", None, 15_000),
        ("GB", "GB123456782", 15_000),
        ("GB", "GB123456789", 15_000),  # Fails its check: VAT is charged as usual.
        ("DE", "DE136695976", 15_000),  # Nobody has verified it yet.
    ],
)
def test_the_first_bill_of_a_customer_carries_their_vat(
    amara: Session, country: str, tax_id: str | None, tax: int
) -> None:
    details = replace(DETAILS, country=country, tax_id=tax_id)
    order = place(amara, replace(SCALE, details=details))
    first = first_bill_of_schedule(read_seller(amara), order.schedule, order.customer)
    assert (first.bill.net.minor, first.bill.tax.minor) == (75_000, tax)
