"""A customer of the hand-written catalog in the product: it orders, changes, uses and is billed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session
from support.billing import PREFIXES, invoices, run_billing
from support.hand_catalog import rate_of
from support.hand_prices import AT_HOME, DISCOUNTS, PLANS, VERIFIED_ABROAD, Deal, Pick, by_seat

from pricingsite.database import Base
from pricingsite.models.access import Invitation
from pricingsite.models.catalog import Price
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import CreditCause, InvoiceKind
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.changes.changing import Made, Maker, make_change, undo_change
from pricingsite.services.changes.choosing import change_choices, quote_agreed
from pricingsite.services.changes.leaving import (
    quote_cancellation,
    quote_end,
    quote_pause,
    quote_subscription,
    subscribe_again,
)
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import WantedPlan, WantedPrices
from pricingsite.services.checks.documents import check_documents
from pricingsite.services.checks.findings import Broken, Promise
from pricingsite.services.checks.schedules import check_schedules
from pricingsite.services.customers.details import CustomerDetails
from pricingsite.services.customers.verification import verify_tax_id
from pricingsite.services.invoices.storing import Issue
from pricingsite.services.orders.placing import OrderCommand, draft_order, place_order
from pricingsite.services.orders.unverified import verify_customer
from pricingsite.services.plans.as_sold import Choice
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_list import price_list, price_version
from pricingsite.services.schedules.entitlements import EntitlementStatus, entitlements
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void

# Nothing of what comes in a life comes too late to be billed.
ALL_IN_TIME = 10_000
DETAILS = CustomerDetails(
    legal_name="Ashdown Ltd",
    billing_email="ada@ashdown.example",
    country="GB",
    contact_name="Ada Byron",
    line1="1 Analytical Row",
    town="London",
    postcode="E1 6AN",
)
ABROAD_DETAILS = replace(DETAILS, country="DE", postcode="10115", tax_id="DE136695976")
WATCHED = (
    "billing_schedules",
    "phases",
    "phase_prices",
    "schedule_changes",
    "change_lines",
    "invoices",
    "invoice_lines",
    "promotions",
    "company_claims",
)

QuoteIt = Callable[[Session, Customer], ChangeQuote]
# A customer's status, and up to which last day it may use each product.
Entitled = tuple[EntitlementStatus, Mapping[str, date | None]]


class ChangedCustomer:
    """A customer as it orders, changes and leaves; moments come from the caller."""

    customer: Customer
    invitation: Invitation
    user_id: int | None = None

    def __init__(self, session: Session) -> None:
        self.session, self.sent = session, 0

    def order(self, pick: Pick, start: date, code: str | None, where: str, now: datetime) -> None:
        plan = find_plan(self.session, pick.plan)
        assert plan is not None
        version = price_version(plan, price_list(self.session, on=start), pick.option)
        choice = choice_of(pick)
        command = OrderCommand(
            plan_id=pick.plan,
            choice=choice,
            details=DETAILS if where == AT_HOME else ABROAD_DETAILS,
            start=start,
            purchase_order=None,
            code=code,
        )
        draft = draft_order(self.session, command, order_key="key", shown_version=version, now=now)
        order = place_order(self.session, draft)
        assert draft.invitation is not None
        self.customer, self.invitation = order.customer, draft.invitation

    def verify(self, where: str, now: datetime) -> None:
        user = verify_customer(self.session, self.invitation, password_hash="hash", now=now)
        self.user_id = user.id
        if where == VERIFIED_ABROAD:
            verify_tax_id(self.session, self.customer, consultation="WAPI", now=now)
        self.session.expire_all()

    @property
    def schedules(self) -> list[BillingSchedule]:
        """In the order in which they were made, but for those that never began."""
        own = BillingSchedule.customer_id == self.customer.id
        statement = select(BillingSchedule).where(own).order_by(BillingSchedule.created_at)
        return list(self.session.scalars(statement))

    def quoting(self, pick: Pick, when: When, code: str | None, now: datetime) -> QuoteIt:
        """What quotes a change of plan."""
        wanted = WantedPlan(plan_id=pick.plan, choice=choice_of(pick), code=code)
        return lambda session, customer: change_choices(session, customer, wanted, now=now).quote(
            when
        )

    def agreeing_plan(self, pick: Pick, on: date | When, now: datetime) -> QuoteIt:
        """What quotes a plan that the merchant agrees."""
        wanted = WantedPlan(plan_id=pick.plan, choice=choice_of(pick))
        return lambda session, customer: quote_agreed(session, customer, wanted, on=on, now=now)

    def agreeing(self, deal: Deal, on: date | When, now: datetime) -> QuoteIt:
        """What quotes what the merchant agrees."""
        discount = DISCOUNTS[deal.discount] if deal.discount else None
        wanted = WantedPrices(
            prices={
                self.session.get_one(Price, price): Decimal(many) if by_seat(price) else None
                for price, many in deal.bought.items()
            },
            minimum=Decimal(deal.minimum) if deal.minimum else None,
            discount=discount
            and AgreedDiscount(
                code=deal.discount or "",
                rate=rate_of(discount),
                amount=Decimal(discount.pounds) if discount.pounds else None,
                periods=discount.periods,
            ),
        )
        return lambda session, customer: quote_agreed(session, customer, wanted, on=on, now=now)

    def cancelling(self, now: datetime) -> QuoteIt:
        return lambda session, customer: quote_cancellation(session, customer, now=now)

    def ending(self, on: date | When, *, gives_back: bool, now: datetime) -> QuoteIt:
        return lambda session, customer: quote_end(
            session, customer, on=on, gives_back=gives_back, now=now
        )

    def pausing(self, until: date, now: datetime) -> QuoteIt:
        return lambda session, customer: quote_pause(session, customer, until=until, now=now)

    def digest(self, quote_it: QuoteIt) -> str:
        return quote_it(self.session, self.customer).digest

    def make(
        self,
        quote_it: QuoteIt,
        now: datetime,
        *,
        shown: str | None = None,
        kind: ChangeKind = ChangeKind.PLAN,
        by_customer: bool = True,
    ) -> Made:
        """Make a change as it is quoted now, or as it was shown: in a transaction of its own."""
        shown = shown or self.digest(quote_it)
        issue = Issue(prefixes=PREFIXES, clock=lambda: now)
        maker = Maker(issue=issue, user_id=self.user_id if by_customer else None)
        with self.session.begin_nested():
            made = make_change(
                self.session,
                self.customer.id,
                quote_it,
                kind=kind,
                shown=shown,
                maker=maker,
                now=now,
            )
        self.session.expire_all()
        return made

    def undo(self, now: datetime, *, by_customer: bool = True) -> None:
        with self.session.begin_nested():
            undo_change(self.session, self.customer.id, by_customer=by_customer, now=now)
        self.session.expire_all()

    def subscribe(self, pick: Pick, code: str | None, now: datetime) -> None:
        wanted = WantedPlan(plan_id=pick.plan, choice=choice_of(pick), code=code)
        with self.session.begin_nested():
            quote = quote_subscription(self.session, self.customer, wanted, now=now)
            subscribe_again(self.session, self.customer.id, wanted, shown=quote.digest, now=now)
        self.session.expire_all()

    def use(self, calls: Decimal, at: datetime, now: datetime) -> str:
        """So many calls at a moment, sent at another."""
        self.sent += 1
        event_id = f"e{self.sent}"
        data = {"calls": calls}
        event = Event(self.customer.id, "/gateway", event_id, "api_call", at, data)
        record(self.session, [event], now=now)
        return event_id

    def void(self, event_id: str, now: datetime) -> None:
        void(self.session, [EventName(self.customer.id, "/gateway", event_id)], now=now)

    def bill(self, now: datetime) -> None:
        run_billing(self.session, now, late_days=ALL_IN_TIME)

    def issued(self, schedule_id: str) -> Mapping[date, tuple[int, int, int]]:
        """Each invoice: the net of what it charges first, and its VAT and gross if that is all."""
        found = {}
        for one in invoices(self.session):
            if one.schedule_id != schedule_id or one.kind is not InvoiceKind.INVOICE:
                continue
            assert one.net == sum(line.net for line in one.lines)
            own = [line for line in one.lines if line.billed_on == one.billed_on]
            if one.number and own:
                late = one.net - sum(line.net for line in own)
                found[one.billed_on] = one.net - late, one.tax, one.gross
                if late:
                    found[one.billed_on] = one.net - late, 0, 0
        return found

    def sums(self, schedule_id: str) -> tuple[Mapping[date, int], int]:
        """The net of all that was ever billed for each day, and what changes gave back."""
        nets: dict[date, int] = defaultdict(int)
        given_back = 0
        for one in invoices(self.session):
            if one.schedule_id != schedule_id or not one.number:
                continue
            if one.cause is CreditCause.GOODWILL:
                given_back -= one.net
                continue
            for line in one.lines:
                nets[line.billed_on] += line.net
        return {day: net for day, net in nets.items() if net}, given_back

    def entitled(self, since: datetime) -> Iterator[tuple[datetime, Entitled]]:
        """What the API tells of what may be used: from each instant on at which that changes."""
        instant: datetime | None = since
        while instant is not None:
            told = entitlements(self.session, self.customer.id, now=instant)
            assert told is not None
            yield instant, (told.status, {one.id: one.until for one in told.products})
            instant = told.changes_at

    def dump(self) -> dict[str, list[Any]]:
        """All that a refusal is to leave as it is."""
        self.session.flush()
        tables: Mapping[str, Table] = Base.metadata.tables
        return {
            name: [tuple(row) for row in self.session.execute(select(tables[name]))]
            for name in WATCHED
        }

    def broken(self, now: datetime) -> list[Broken]:
        """What `flask check` finds, but that runs came late."""
        found = [
            *check_schedules(
                self.session, Agreements(), self.customer.id, late_days=ALL_IN_TIME, now=now
            ),
            *check_documents(self.session, PREFIXES, today=now.date() + timedelta(days=1)),
        ]
        broken = [one for one in found if isinstance(one, Broken)]
        return [one for one in broken if one.promise is not Promise.IN_TIME]


def choice_of(pick: Pick) -> Choice:
    option = PLANS[pick.plan][pick.option]
    seats = {option.by_seat: Decimal(pick.seats)} if option.by_seat else {}
    add_ons = {one: Decimal(1) for one in option.add_ons if one in pick.add_ons}
    return Choice(option_id=pick.option, quantities=seats, add_ons=add_ons)
