"""What a customer wants to be told of: a budget, amounts, and shares of included units.

Amounts are net, in the schedule's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from pricingsite.models.alerts import Alert
from pricingsite.models.customers import Customer
from pricingsite.pricing import Money
from pricingsite.services.alerts.reaching import OVERLAP, reached_period
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.estimates.account_page import AccountPage
from pricingsite.services.estimates.estimates import Estimate

SHARES = (Decimal("0.75"), Decimal("0.9"), Decimal(1))

# Made once: to put it together takes longer than to execute it.
_ALERTS = select(Alert).where(Alert.customer_id == bindparam("customer_id")).order_by(Alert.id)

# An alert's kind, metric and value.
_Content = tuple[str, str, Decimal]


@dataclass(frozen=True, slots=True)
class AlertChoices:
    """What a customer wants: a budget, amounts, and shares of included units by metric id."""

    budget: Money | None = None
    amounts: tuple[Money, ...] = ()
    shares: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)

    def contents(self) -> set[_Content]:
        """Each as a row of the table has it."""
        wanted = {("amount", "", amount.amount) for amount in self.amounts}
        wanted |= {
            ("included", metric_id, share)
            for metric_id, shares in self.shares.items()
            for share in shares
        }
        return wanted | ({("budget", "", self.budget.amount)} if self.budget else set())


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget for one period, and what is left of it now and at a projected end."""

    amount: Money
    so_far: Money
    at_pace: Money | None

    @property
    def left(self) -> Money:
        """What is left of it now; negative where the bill is beyond it."""
        return self.amount - self.so_far

    @property
    def left_at_pace(self) -> Money | None:
        """What would be left of it at the end, if recent usage continued."""
        return self.amount - self.at_pace if self.at_pace else None


def alerts_of(session: Session, customer_id: str) -> Sequence[Alert]:
    """A customer's alerts."""
    return session.scalars(_ALERTS, {"customer_id": customer_id}).all()


def choices_of(alerts: Sequence[Alert], currency: str) -> AlertChoices:
    """What a customer's alerts say that it wants, amounts and shares rising."""

    def amounts(kind: str) -> list[Money]:
        values = sorted(alert.value for alert in alerts if alert.kind == kind)
        return [Money.rounded(value, currency) for value in values]

    shares: dict[str, list[Decimal]] = {}
    for alert in sorted(alerts, key=lambda alert: alert.value):
        if alert.kind == "included":
            shares.setdefault(alert.metric_id, []).append(alert.value)
    return AlertChoices(next(iter(amounts("budget")), None), tuple(amounts("amount")), shares)


def choose_alerts(
    session: Session,
    customer: Customer,
    choices: AlertChoices,
    estimate: Estimate,
    *,
    now: datetime,
) -> None:
    """Make a customer's alerts those that were chosen.

    One that the current period has reached already counts as sent: the next period sends it.
    """
    # Chosen twice at once, by a double click, it is chosen one after the other.
    lock_customers(session, [customer.id], exclusive=True)
    wanted = choices.contents()
    for alert in alerts_of(session, customer.id):
        if _content(alert) in wanted:
            wanted.remove(_content(alert))
        else:
            session.delete(alert)
    session.flush()
    for kind, metric_id, value in sorted(wanted):
        alert = Alert(
            customer_id=customer.id,
            kind=kind,
            metric_id=metric_id,
            value=value,
            checked_until=now - OVERLAP,
        )
        alert.reached_in = reached_period(alert, estimate)
        session.add(alert)
    session.flush()


def budget_of(session: Session, page: AccountPage) -> Budget | None:
    """The customer's budget for the bill of its account page; None without one."""
    estimate = page.estimate
    alerts = alerts_of(session, estimate.customer.id)
    amount = choices_of(alerts, estimate.bill.currency).budget
    if amount is None or not estimate.running:
        return None
    return Budget(amount, estimate.bill.net, page.forecast.pace.net if page.forecast else None)


def _content(alert: Alert) -> _Content:
    return alert.kind, alert.metric_id, alert.value
