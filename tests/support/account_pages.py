"""A customer's pages in tests: an account, somebody who may read it, and what the pages say."""

from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask
from support.accounts import Account
from support.pages import Browser, Page, squeeze

from pricingsite.database import db
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.access.invitations import invite
from pricingsite.web.sign_in.invitations import invitation_link


class Site:
    """An account, and the browser of somebody who may read it."""

    def __init__(self, app: Flask, browser: Browser) -> None:
        self.app, self.browser = app, browser
        self.account = Account(db.session())

    def sign_in(self) -> None:
        """Follow the invitation of the billing address, as its reader does."""
        invitation = invite(
            db.session(), self.account.customer, "ada@ashdown.example", now=self.app.config["NOW"]
        )
        db.session.commit()
        path = urlsplit(invitation_link(invitation)).path
        self.browser.submit(self.browser.get(path), password="tall-green-kettle-4821")

    def order(self, schedule: BillingSchedule) -> None:
        """Be the session that made the order of a schedule, its address not yet verified."""
        reference = self.account.order(schedule).reference
        with self.browser.client.session_transaction() as session:
            session["orders"] = [reference]

    def read_at(self, now: datetime, path: str = "/account") -> Page:
        self.app.config["NOW"] = now
        return self.read(path)

    def read(self, path: str = "/account") -> Page:
        db.session.commit()
        db.session.expire_all()
        return self.browser.get(path)


def prose(page: Page, selector: str = "main") -> str:
    """The text as it reads, with no space around marked words."""
    return squeeze(page.one(selector).get_text())


def table(page: Page, caption: str) -> list[list[str]]:
    """A table's rows as they stand on a wide screen."""
    rows = []
    for row in page.select(f"table:has(#{caption}) tr"):
        for hidden in row.select(".thin"):
            hidden.extract()
        rows.append([" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")])
    return rows


def figures(page: Page) -> dict[str, tuple[str, str]]:
    """The four figures that open the page: what each is called, says, and notes."""
    return {
        name: (value, note)
        for name, value, note in zip(
            page.texts(".figures dt"),
            page.texts(".figures .figure"),
            page.texts(".figures .note"),
            strict=True,
        )
    }


def summary(page: Page) -> dict[str, str]:
    terms, answers = page.select(".summary dt"), page.select(".summary dd")
    return {
        squeeze(term.get_text()): squeeze(answer.get_text())
        for term, answer in zip(terms, answers, strict=True)
    }
