"""What several customers are subscribed to, at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from sqlalchemy.orm import Session
from support.accounts import NOW, Account

from pricingsite.services.estimates.subscriptions import Subscription, subscriptions_of


def test_customers_are_told_apart_in_few_statements(
    session: Session,
    account: Account,
    queries: Callable[..., AbstractContextManager[list[str]]],
) -> None:
    ids = [account.customer.id]
    account.subscribe("A", start=date(2026, 1, 1), end=date(2026, 6, 1))
    account.subscribe("A", "X")
    account.another()
    ids.append(account.customer.id)
    account.subscribe("A", start=date(2026, 1, 1), end=date(2026, 6, 1))
    account.another()
    ids.append(account.customer.id)
    account.subscribe("B", "Y", start=date(2027, 1, 1))
    account.another()
    ids.append(account.customer.id)
    session.commit()
    session.expire_all()
    with queries(at_most=3):
        found = subscriptions_of(session, ids, now=NOW)
    assert found == {
        ids[0]: Subscription("Scale", date(2026, 11, 1), None, None),
        ids[1]: Subscription("Start", date(2026, 1, 1), date(2026, 5, 31), None),
        ids[2]: Subscription(None, date(2027, 1, 1), None, None),
    }
    assert subscriptions_of(session, [], now=NOW) == {}
