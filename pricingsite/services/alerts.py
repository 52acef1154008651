"""Alerts: what a customer wants to be told of, and which of it a running bill has reached.

Each is told once a period: by the row that says in which period it was last reached, locked while
it is looked at. Amounts are excl. VAT, in the schedule's currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pricingsite.models.alerts import Alert
from pricingsite.models.customers import Customer
from pricingsite.models.usage import UsageDay
from pricingsite.pricing import Money
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.estimates.estimates import Estimate, estimate
from pricingsite.services.estimates.forecast import Projection
from pricingsite.services.meters import Meter

SHARES = (Decimal("0.75"), Decimal("0.9"), Decimal(1))
# Usage is stamped when its transaction begins and seen when it ends: looked at again this long.
_OVERLAP = timedelta(minutes=1)

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
        wanted = {("amount", "", one.amount) for one in self.amounts}
        wanted |= {("included", metric, one) for metric, of in self.shares.items() for one in of}
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
        """What would be left of it at the end, at the pace of late."""
        return self.amount - self.at_pace if self.at_pace else None


def alerts_of(session: Session, customer_id: str) -> Sequence[Alert]:
    """A customer's alerts."""
    return session.scalars(
        select(Alert).where(Alert.customer_id == customer_id).order_by(Alert.id)
    ).all()


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
    session: Session, customer: Customer, choices: AlertChoices, running: Estimate, *, now: datetime
) -> None:
    """Make a customer's alerts those that were chosen.

    One that this period has passed already counts as told: it speaks again in the next.
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
            looked_to=now - _OVERLAP,
        )
        alert.reached_in = _reached_in(alert, running)
        session.add(alert)
    session.flush()


def customers_to_look_at(session: Session) -> Sequence[str]:
    """The ids of customers whose usage came in since their alerts were last looked at."""
    news = exists().where(
        UsageDay.customer_id == Alert.customer_id, UsageDay.updated_at >= Alert.looked_to
    )
    return session.scalars(
        select(Alert.customer_id).where(news).distinct().order_by(Alert.customer_id)
    ).all()


def reached(
    session: Session, customer_id: str, *, now: datetime
) -> tuple[Estimate | None, list[Alert]]:
    """The alerts of a customer that its bill reached and that it was not told of this period.

    They count as told from here on; of several deliverers, one alone is given them.
    """
    alerts = session.scalars(
        select(Alert)
        .where(Alert.customer_id == customer_id)
        .order_by(Alert.id)
        .with_for_update(skip_locked=True)
    ).all()
    customer = session.get_one(Customer, customer_id)
    running = estimate(session, customer, now=now) if alerts else None
    told = []
    for alert in alerts:
        alert.looked_to = now - _OVERLAP
        period = _reached_in(alert, running) if running else None
        if period is not None and alert.reached_in != period:
            alert.reached_in, alert.reached_at = period, now
            told.append(alert)
    return running, told


def told_in(alerts: Sequence[Alert], running: Estimate) -> list[Alert]:
    """The alerts that the customer was told of in the running period, the first first."""
    told = [
        alert
        for alert in alerts
        if alert.reached_at and alert.reached_in and running.period.contains(alert.reached_in)
    ]
    return sorted(told, key=lambda alert: (alert.reached_at, alert.id))


def budget_of(
    alerts: Sequence[Alert], running: Estimate, projection: Projection | None
) -> Budget | None:
    """The customer's budget beside its running bill; None without one."""
    amount = choices_of(alerts, running.bill.currency).budget
    if amount is None or not running.running:
        return None
    return Budget(amount, running.bill.net, projection.pace.net if projection else None)


def meter_of(alert: Alert, running: Estimate) -> Meter | None:
    """The meter that an alert on included units looks at."""
    return next((one for one in running.meters if one.metric_id == alert.metric_id), None)


def _content(alert: Alert) -> _Content:
    return alert.kind, alert.metric_id, alert.value


def _reached_in(alert: Alert, running: Estimate) -> date | None:
    """The start of the running period, if it has reached what the alert is about."""
    if not running.running:
        return None
    if alert.kind != "included":
        return running.period.start if running.bill.net.amount >= alert.value else None
    meter = meter_of(alert, running)
    if meter is None or meter.included is None:
        return None
    return meter.period.start if meter.quantity >= meter.included * alert.value else None
