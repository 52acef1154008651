"""A customer that changes and leaves by its pages: an account, a member, days that go by.

Every call is a request or a transaction of its own, so that nothing outlives it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from flask import Flask
from flask_security import hash_password
from sqlalchemy import select
from support.billing import run_billing, totals
from support.changing import Subscriber, noon
from support.members import ADA, PASSWORD, sign_in
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.invoices import Invoice
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.access.users import add_membership, create_user

CHANGE, CANCEL, PLAN = "/account/plan/change", "/account/plan/cancel", "/account/plan"


class PlanSite:
    """An account on prices of Amara, with a member, and the browser of that one."""

    def __init__(self, app: Flask, browser: Browser) -> None:
        self.app, self.browser = app, browser
        with app.app_context():
            account = Subscriber(db.session())
            self.customer_id = account.customer.id
            account.customer.verified_at = noon(date(2026, 1, 1))
            user = create_user(db.session(), ADA, hash_password(PASSWORD), now=self.now)
            add_membership(db.session(), user, account.customer, now=self.now)
            db.session.commit()
        self.events = 0

    def sign_in(self) -> "PlanSite":
        """Sign in as the member."""
        sign_in(self.browser)
        return self

    @property
    def now(self) -> datetime:
        now: datetime = self.app.config["NOW"]
        return now

    def on(self, day: date) -> "PlanSite":
        """At noon of a day."""
        self.app.config["NOW"] = noon(day)
        return self

    @contextmanager
    def account(self) -> Iterator[Subscriber]:
        """The account, for what no page does; what is done is stored."""
        with self.app.app_context():
            account = Subscriber.of(db.session(), self.customer_id)
            assert isinstance(account, Subscriber)
            account.events, account.today = self.events, self.now.date()
            yield account
            self.events = account.events
            db.session.commit()

    def subscribe(self, *price_ids: str, start: date, **options: object) -> None:
        """Subscribe, and be there on that day."""
        with self.account() as account:
            account.subscribe(*price_ids, start=start, **options)
        self.on(start)

    def use(self, *calls: int) -> None:
        """So many calls now."""
        with self.account() as account:
            account.use(*calls, at=self.now)

    def bill(self, day: date) -> None:
        """Be at noon of a day, and run billing."""
        self.on(day)
        with self.app.app_context():
            run_billing(db.session(), self.now)
            db.session.commit()

    def get(self, path: str = PLAN, **options: object) -> Page:
        return self.browser.get(path, **options)  # type: ignore[arg-type]

    def quote(self, plan: str, **args: str) -> Page:
        """The page of a change to a plan."""
        return self.browser.get(CHANGE, query_string={"plan": plan, **args})

    def confirm(self, page: Page, **values: str) -> Page:
        """Confirm what a page quotes; the plan's page then."""
        return self.browser.follow(self.browser.submit(page, "#confirm", **values))

    def undo(self) -> Page:
        """Undo what is pending; the plan's page then."""
        return self.browser.follow(self.browser.submit(self.get(), "main form[action$=undo]"))

    def cancel(self, path: str = CANCEL) -> Page:
        """Cancel by both pages; the plan's page then."""
        page = self.browser.submit(self.get(path), status=200)
        return self.browser.follow(self.browser.submit(page))

    @property
    def invoices(self) -> list[tuple[date, str, str, str]]:
        """Every invoice and credit note: the day that it bills, its net, VAT and gross."""
        with self.app.app_context():
            own = select(Invoice).where(Invoice.customer_id == self.customer_id)
            found = db.session.scalars(own.order_by(Invoice.id))
            return [(one.billed_on, *totals(one)) for one in found]

    def mails(self, to: str = ADA) -> list[OutboxMessage]:
        """What the outbox has for somebody, the oldest first."""
        with self.app.app_context():
            found = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
            return [one for one in found if one.recipient == to]
