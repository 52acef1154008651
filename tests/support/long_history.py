"""A customer whose account pages have everything to show: history, invoices, budget, range."""

from datetime import date, timedelta
from decimal import Decimal

from flask import Flask
from support.accounts import NOW, Account, noon
from support.invoices import make_invoice

from pricingsite.database import db
from pricingsite.models.alerts import Alert
from pricingsite.models.invoices import Settlement, SettlementKind
from pricingsite.models.ranges import UsageRange
from pricingsite.services.usage.events import Event
from pricingsite.services.usage.recording import record


def customer_since(app: Flask, start: date) -> str:
    """The id of a customer of Scale who has used it every day since `start`."""
    with app.app_context():
        session = db.session()
        account = Account(session)
        account.subscribe("A", "X", start=start)
        days = (start + timedelta(days=n) for n in range((NOW.date() - start).days + 1))
        record(session, [_calls(account.customer.id, day) for day in days], now=NOW)
        ratios = {"low": Decimal("0.8"), "high": Decimal("1.5"), "months": 64}
        _bill(account, start)
        session.merge(UsageRange(metric_id="api_calls", days_gone=22, made_at=NOW, **ratios))
        budget = {"kind": "budget", "value": Decimal(3000), "checked_until": NOW}
        session.add(Alert(customer_id=account.customer.id, **budget))
        session.commit()
        return account.customer.id


def _bill(account: Account, start: date) -> None:
    """An invoice a month since the first; the last one is open."""
    months = (NOW.year - start.year) * 12 + NOW.month - start.month
    first = start.year * 12 + start.month
    for month in range(first, first + months):
        invoice = make_invoice(
            account.session, account, billed_on=date(month // 12, month % 12 + 1, 1)
        )
        paid = {"amount": invoice.gross, "settled_on": invoice.due_on, "recorded_at": NOW}
        if month < first + months - 1:
            kind = SettlementKind.PAYMENT
            account.session.add(Settlement(invoice_id=invoice.id, kind=kind, **paid))


def _calls(customer_id: str, day: date) -> Event:
    return Event(
        event_id=day.isoformat(),
        source="/gateway",
        subject=customer_id,
        event_type="api_call",
        occurred_at=noon(day.year, day.month, day.day),
        data={"calls": 80 + day.day},
    )
