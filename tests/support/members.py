"""Who may sign in: users, their customers, and the links that are e-mailed to them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask
from flask_security import hash_password
from sqlalchemy import select
from support.pages import Browser, Page

from pricingsite.database import db
from pricingsite.models.access import Invitation, User
from pricingsite.models.customers import Customer
from pricingsite.models.outbox import OutboxMessage
from pricingsite.services.access.invitations import invite
from pricingsite.services.access.users import add_membership, create_user
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.web.sign_in.invitations import invitation_link

NOW = datetime(2026, 11, 23, 18, 40, tzinfo=UTC)
ADA = "ada@ashdown.example"
PASSWORD = "tall-green-kettle-4821"


@dataclass
class Members:
    """Who may sign in to the app; every call is a transaction of its own."""

    app: Flask

    def customer(self, name: str = "Ashdown Ltd", email: str = ADA) -> str:
        """A new customer's id."""
        details = CustomerDetails(
            legal_name=name,
            contact_name="Ada Byron",
            billing_email=email,
            line1="1 Analytical Row",
            town="London",
            postcode="E1 6AN",
            country="GB",
        )
        with self.app.app_context():
            customer_id = create_customer(db.session(), details, now=NOW).id
            db.session.commit()
            return customer_id

    def user(self, *customer_ids: str, email: str = ADA) -> None:
        """A user with `PASSWORD`, a member of these customers."""
        with self.app.app_context():
            user = create_user(db.session(), email, hash_password(PASSWORD), now=NOW)
            for customer_id in customer_ids:
                customer = db.session.get_one(Customer, customer_id)
                add_membership(db.session(), user, customer, now=NOW)
                customer.verified_at = NOW
            db.session.commit()

    def link(self, customer_id: str, email: str = ADA) -> str:
        """The path of a new invitation's link."""
        with self.app.app_context():
            customer = db.session.get_one(Customer, customer_id)
            link = invitation_link(invite(db.session(), customer, email, now=NOW))
            db.session.commit()
        return urlsplit(link).path

    def mails(self) -> list[OutboxMessage]:
        """What waits in the outbox, the oldest first."""
        with self.app.app_context():
            return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    def mailed_path(self) -> str:
        """The path of the link in the latest e-mail."""
        message = self.mails()[-1]
        link = re.search(
            rf"^{re.escape(self.app.config['BASE_URL'])}(\S+)$", message.text, re.MULTILINE
        )
        assert link, message.text
        return link.group(1)

    def stored(self) -> tuple[list[User], list[Customer], list[Invitation]]:
        with self.app.app_context():
            return (
                list(db.session.scalars(select(User))),
                list(db.session.scalars(select(Customer))),
                list(db.session.scalars(select(Invitation))),
            )


def sign_in(browser: Browser, email: str = ADA, password: str = PASSWORD) -> Page:
    return browser.submit(browser.get("/login"), email=email, password=password)
