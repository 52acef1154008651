"""Changes in tests: a customer on plans of Amara or on prices of its own, day by day.

`Subscriber` quotes a change, makes it as it was quoted, and runs billing.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from support.accounts import Account
from support.billing import PREFIXES, invoices, run_billing, totals

from pricingsite.models.access import User
from pricingsite.models.catalog import Plan, PlanPrice, Price, Product
from pricingsite.models.changes import ChangeKind
from pricingsite.models.invoices import Invoice
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.billing_run.agreements import Agreements
from pricingsite.services.changes.changing import Made, Maker, make_change, undo_change
from pricingsite.services.changes.choosing import ChangeChoices, change_choices, quote_agreed
from pricingsite.services.changes.leaving import quote_cancellation, quote_end, quote_pause
from pricingsite.services.changes.quoting import ChangeQuote, QuotedBill
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import WantedPlan, WantedPrices
from pricingsite.services.checks.documents import check_documents
from pricingsite.services.checks.findings import Finding
from pricingsite.services.checks.schedules import check_schedules
from pricingsite.services.invoices.storing import Issue
from pricingsite.services.plans.as_sold import Choice

IN_ADVANCE = {"billing_type": "in_advance"}


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def fixed(amount: str) -> dict[str, Any]:
    return {"structure": {"model": "fixed", "amount": amount}}


class Subscriber(Account):
    """A verified customer whose plan changes."""

    today: date
    schedule: BillingSchedule

    def product(self, product_id: str) -> None:
        """Another product."""
        self.session.add(Product(id=product_id, position=9, name=product_id.capitalize()))
        self.session.flush()

    def plan(self, plan_id: str, *price_ids: str, position: int, **columns: Any) -> None:
        """Another plan, or another option of one that there is; `+X` is an add-on."""
        option = columns.pop("option", "default")
        plan = self.session.get(Plan, plan_id)
        if plan is None:
            own: dict[str, Any] = {"features": [], "faq": [], "options": []}
            plan = Plan(id=plan_id, name=plan_id.capitalize(), position=position, **own | columns)
            self.session.add(plan)
        plan.options = [*plan.options, {"id": option, "note": None}]
        for n, price_id in enumerate(price_ids):
            place = {"price_id": price_id.lstrip("+"), "add_on": price_id.startswith("+")}
            self.session.add(PlanPrice(plan_id=plan_id, option_id=option, position=n, **place))
        self.session.flush()
        self.session.expire_all()

    def drop(self, plan_id: str) -> None:
        """Take a plan off sale for good, so that no price is known by it."""
        self.session.delete(self.session.get_one(Plan, plan_id))
        self.session.flush()

    def on(self, day: date) -> "Subscriber":
        """The same on another day."""
        self.today = day
        return self

    @property
    def now(self) -> datetime:
        return noon(self.today)

    def begin(self, *price_ids: str, start: date, **options: Any) -> "Subscriber":
        """A schedule with prices, from a day on."""
        self.customer.verified_at = noon(start - timedelta(days=1))
        self.schedule = self.subscribe(*price_ids, start=start, **options)
        return self.on(start)

    @property
    def maker(self) -> Maker:
        """The merchant."""
        return Maker(issue=Issue(prefixes=PREFIXES, clock=lambda: self.now))

    @property
    def buyer(self) -> Maker:
        """A user of the customer's own."""
        email = self.customer.billing_email
        user = self.session.scalar(select(User).where(User.email == email))
        if user is None:
            user = User(email=email, fs_uniquifier=self.customer.id, created_at=self.now)
            self.session.add(user)
            self.session.flush()
        return replace(self.maker, user_id=user.id)

    def choices(self, plan_id: str, **wanted: Any) -> ChangeChoices:
        """What may be chosen between for a plan."""
        code = wanted.pop("code", None)
        plan = WantedPlan(plan_id=plan_id, choice=Choice(**wanted), code=code)
        return change_choices(self.session, self.customer, plan, now=self.now)

    def choose(self, plan_id: str, when: When = When.NOW, **wanted: Any) -> Made:
        """Change to a plan as it was quoted a moment before."""
        shown = self.choices(plan_id, **wanted).quote(when).digest
        return make_change(
            self.session,
            self.customer.id,
            lambda *_: self.choices(plan_id, **wanted).quote(when),
            shown=shown,
            maker=self.buyer,
            now=self.now,
        )

    def agree(self, *price_ids: str | tuple[str, int], on: date | When, **terms: Any) -> Made:
        """Agree other prices; `("seat", 5)` is so many of one."""
        named = [one if isinstance(one, tuple) else (one, None) for one in price_ids]
        prices = {
            self.session.get_one(Price, price_id): None if many is None else Decimal(many)
            for price_id, many in named
        }
        wanted = WantedPrices(prices=prices, **terms)
        return self._make(
            lambda: quote_agreed(self.session, self.customer, wanted, on=on, now=self.now)
        )

    def agree_plan(self, plan_id: str, *, on: date | When, **chosen: Any) -> Made:
        """Agree a plan on sale, as it is chosen."""
        wanted = WantedPlan(plan_id=plan_id, choice=Choice(**chosen))
        return self._make(
            lambda: quote_agreed(self.session, self.customer, wanted, on=on, now=self.now)
        )

    def cancel(self, **options: Any) -> Made:
        """Cancel at the period's end."""
        return self._make(
            lambda: quote_cancellation(self.session, self.customer, now=self.now, **options),
            kind=ChangeKind.CANCELLATION,
            maker=self.buyer,
        )

    def end(self, on: date | When = When.NOW, *, gives_back: bool = False) -> Made:
        """Let the merchant end it."""
        return self._make(
            lambda: quote_end(
                self.session, self.customer, on=on, gives_back=gives_back, now=self.now
            ),
            kind=ChangeKind.END,
        )

    def pause(self, until: date) -> Made:
        """Let it pause from the period's end."""
        return self._make(
            lambda: quote_pause(self.session, self.customer, until=until, now=self.now),
            kind=ChangeKind.PAUSE,
        )

    def _make(self, quote_it: Any, **options: Any) -> Made:
        return make_change(
            self.session,
            self.customer.id,
            lambda *_: quote_it(),
            shown=quote_it().digest,
            now=self.now,
            **{"maker": self.maker} | options,
        )

    def undo(self, *, by_customer: bool = True) -> None:
        """Undo what is pending."""
        undo_change(self.session, self.customer.id, by_customer=by_customer, now=self.now)

    def bill(self, day: date) -> "Subscriber":
        """Run billing at noon of a day, and go on there."""
        run_billing(self.session, noon(day))
        return self.on(day)

    @property
    def found(self) -> list[Finding]:
        """What `flask check` finds of it."""
        of_schedules = check_schedules(
            self.session, Agreements(), self.customer.id, late_days=90, now=self.now
        )
        return [*of_schedules, *check_documents(self.session, PREFIXES, today=self.today)]

    @property
    def invoices(self) -> list[tuple[date, str, str, str]]:
        """Every invoice and credit note: the day that it bills, its net, VAT and gross."""
        return [(one.billed_on, *totals(one)) for one in self.documents]

    @property
    def documents(self) -> list[Invoice]:
        """The same as they are stored."""
        return [one for one in invoices(self.session) if one.customer_id == self.customer.id]


def figures(quoted: ChangeQuote) -> list[tuple[date, str, str, str]]:
    """The bills of a quote: their day, net, VAT and gross."""
    return list(_figures(quoted.bills))


def _figures(bills: tuple[QuotedBill, ...]) -> Iterator[tuple[date, str, str, str]]:
    for one in bills:
        yield one.on, str(one.net), str(one.tax), str(one.gross)


def lines(invoice: Invoice) -> list[tuple[str, str]]:
    """Each line of an invoice: its words and its net."""
    return [(line.description, str(invoice.money(line.net))) for line in invoice.lines]


def give_up_backup(subscriber: Subscriber, *, on: date) -> None:
    """A customer takes a second seat on a day, and gives up its backup: that goes on for a while.

    It has both, by the month, from the first of that month on.
    """
    subscriber.product("backup")
    subscriber.price("seat", per="seat", per_plural="seats", **fixed("10"))
    subscriber.price("backup", product_id="backup", **fixed("7"))
    subscriber.plan("team", "seat", "+backup", position=20)
    subscriber.begin("seat", "backup", start=on.replace(day=1)).on(on)
    subscriber.choose("team", quantities={"seat": Decimal(2)})
