"""A customer in tests: what it subscribes to, the usage it makes, the estimate it reads."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from support.factories import have_amara

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.orders import Order
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.estimates.estimates import Estimate, estimate
from pricingsite.services.schedules.creating import create_schedule, new_schedule
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.rebuilding import Difference, verify
from pricingsite.services.usage.recording import record
from pricingsite.wording.bills import line_description

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
START = date(2026, 11, 1)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, 0, tzinfo=UTC)


def differences(session: Session) -> list[Difference]:
    """Where any customer's rollups are not what its events say."""
    ids = session.scalars(select(Customer.id).order_by(Customer.id)).all()
    return [found for one in ids for found in verify(session, one).differences]


class Account:
    """A customer, what it is subscribed to, the usage it makes and the estimate it then reads."""

    def __init__(self, session: Session) -> None:
        self.session = session
        have_amara(session)
        self.events = 0
        self.customer: Customer
        self.another()

    def another(self) -> None:
        """A new customer, whose account this is from now on."""
        details = CustomerDetails(
            legal_name="Ashdown Ltd", billing_email="ada@ashdown.example", country="GB"
        )
        self.customer = create_customer(self.session, details, now=NOW)

    @classmethod
    def of(cls, session: Session, customer_id: str) -> "Account":
        """The account of a customer that is there already."""
        account = cls.__new__(cls)
        account.session, account.events = session, 0
        account.customer = session.get_one(Customer, customer_id)
        return account

    def subscribe(self, *price_ids: str, start: date = START, **options: Any) -> BillingSchedule:
        return create_schedule(
            self.session,
            new_schedule(
                customer=self.customer,
                prices=[self.session.get_one(Price, price_id) for price_id in price_ids],
                start=start,
                merchant=self.session.get_one(Merchant, 1),
                now=NOW,
                **options,
            ),
        )

    def order(self, schedule: BillingSchedule, plan_id: str = "scale") -> Order:
        """The order, not verified yet, that a schedule came from."""
        order = Order(
            reference="7K3M9-QX2P0",
            order_key="key",
            content_hash="hash",
            customer_id=self.customer.id,
            schedule_id=schedule.id,
            plan_id=plan_id,
            email="ada@ashdown.example",
            terms_version="1",
            ordered_at=NOW,
        )
        self.session.add(order)
        self.session.flush()
        return order

    def change(self, schedule: BillingSchedule, on: date, *price_ids: str) -> None:
        """From a day on, other prices."""
        schedule.phases[-1].end_date = on
        prices = [self.session.get_one(Price, price_id) for price_id in price_ids]
        phase = Phase(start_date=on, end_date=schedule.end_date)
        phase.phase_prices = [PhasePrice(price=price, position=n) for n, price in enumerate(prices)]
        schedule.phases.append(phase)
        self.session.flush()

    def price(self, price_id: str, like: str = "A", **changes: Any) -> None:
        """Another list price, on the terms of one that there is but for the changes."""
        model = self.session.get_one(Price, like)
        columns = {column.key: getattr(model, column.key) for column in Price.__table__.columns}
        own = {"id": price_id, "name": price_id, "list_price": True, "variant_of": None}
        self.session.add(Price(**columns | own | changes))
        self.session.flush()

    def use(self, *calls: str | int, at: datetime = NOON, type_: str = "api_call") -> None:
        """One event for each number of calls."""
        self.events += len(calls)
        events = [
            Event(
                event_id=f"e{self.events - n}",
                source="/gateway",
                subject=self.customer.id,
                event_type=type_,
                occurred_at=at,
                data={"calls": Decimal(count)},
            )
            for n, count in enumerate(calls)
        ]
        record(self.session, events, now=max(at, NOW))

    def use_late(self, calls: int, *, at: datetime, now: datetime) -> None:
        """So many calls of a day, which are sent at a later moment."""
        self.events += 1
        event = Event(
            event_id=f"e{self.events}",
            source="/gateway",
            subject=self.customer.id,
            event_type="api_call",
            occurred_at=at,
            data={"calls": Decimal(calls)},
        )
        record(self.session, [event], now=now)

    def use_daily(self, calls: int, first: date, days: int) -> None:
        """So many calls at noon of each day."""
        for number in range(days):
            day = first + timedelta(days=number)
            self.use(calls, at=noon(day.year, day.month, day.day))

    def read(self, now: datetime = NOW) -> Estimate:
        self.session.flush()
        found = estimate(self.session, self.customer, now=now)
        assert found is not None
        return found


def money(found: Estimate) -> tuple[str, str, str]:
    """Net, VAT and gross."""
    return str(found.bill.net), str(found.bill.tax), str(found.bill.gross)


def lines(found: Estimate) -> list[tuple[str, str, str]]:
    """Each line's description, quantity and net."""
    return [
        (line_description(line), f"{line.quantity:f}", str(line.net)) for line in found.bill.lines
    ]
