"""The e-mails of a change of plan: to the customer, and a notice to the merchant.

They are rendered before the transaction that makes the change, from the quote that it is made as,
and sent in it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pricingsite.models.changes import ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.services.changes.dated_effects import dated_effects_of, new_currency
from pricingsite.services.changes.leaving import SubscriptionQuote, data_until
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.web.links import absolute
from pricingsite.web.mails.rendering import Email, render_email, send_later
from pricingsite.web.merchant import current_merchant
from pricingsite.wording.days import day


@dataclass(frozen=True, slots=True)
class ChangeEmails:
    """What a customer is told at its billing address, and what the merchant is."""

    to_customer: Email
    to: str
    notice: Email


def change_emails(quote: ChangeQuote, plan: str) -> ChangeEmails:
    """The e-mails of a change to a plan, made now or for a later day."""
    customer, named = quote.situation.customer, plan_named(quote, plan)
    if quote.keeps:
        what = f"keeps what it has: nothing becomes less on {day(quote.on)}"
    else:
        whither = "within" if named == quote.situation.plan_name else "to"
        verb, when = (
            ("changed", "today") if quote.is_immediate else ("changes", f"on {day(quote.on)}")
        )
        what = f"{verb} {whither} {named} {when}"
    effects = dated_effects_of(quote)
    return _emails("plan_changed", customer, what, quote=quote, plan=named, effects=effects)


def plan_named(quote: ChangeQuote, plan: str | None) -> str | None:
    """What a plan is called that a change brings: `Start`, `Start in USD` where that is new."""
    currency = new_currency(quote)
    return f"{plan} in {currency}" if plan and currency else plan


def cancellation_emails(quote: ChangeQuote) -> ChangeEmails:
    """The e-mails of a cancellation."""
    what = (
        f"cancelled: {day(quote.last_day)} is its last day"
        if quote.last_day and not quote.never_begins
        else "cancelled before its start"
    )
    customer, until = quote.situation.customer, data_until(quote)
    return _emails("plan_cancelled", customer, what, quote=quote, data_until=until)


def undo_emails(customer: Customer, change: ScheduleChange, plan: str | None) -> ChangeEmails:
    """The e-mails of an undo: of a change, or of a cancellation."""
    what = f"undid the change of {day(change.starts_on)}"
    return _emails("plan_undone", customer, what, change=change, plan=plan)


def subscription_emails(quote: SubscriptionQuote, customer: Customer) -> ChangeEmails:
    """The e-mails of a plan that begins again."""
    what = f"subscribed again, to {quote.plan_name}"
    return _emails("plan_subscribed", customer, what, quote=quote, first=quote.first_bill)


def ended_emails(customer: Customer, last_day: date, **context: Any) -> ChangeEmails:
    """The e-mails of the day on which a plan has ended."""
    what = f"ended: {day(last_day)} was its last day"
    return _emails("plan_ended", customer, what, last_day=last_day, **context)


def _emails(name: str, customer: Customer, what: str, **context: Any) -> ChangeEmails:
    return ChangeEmails(
        render_email(name, customer=customer, plan_url=absolute("account.plan.show"), **context),
        customer.billing_email,
        render_email("plan_notice", customer=customer, what=what, **context),
    )


def send_change_emails(emails: ChangeEmails, key: str) -> None:
    """Send the e-mails of a change in the transaction that makes it, once for a key."""
    send_later(emails.to_customer, key=key, to=emails.to)
    send_later(emails.notice, key=f"{key}:notice", to=current_merchant().email)
