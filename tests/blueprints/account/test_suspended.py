"""A suspended customer reads so on its account page, and how to lift it."""

import pytest
from support.account_pages import Site, prose
from support.accounts import NOW

from pricingsite.database import db
from pricingsite.models.customers import SuspensionCause
from pricingsite.services.customers.suspension import resume, suspend


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (SuspensionCause.OVERDUE, "Pay it, and your access returns as soon as"),
        (SuspensionCause.MERCHANT, "To have it back, write to billing@amara.example."),
    ],
)
def test_a_suspension_is_said_plainly(site: Site, cause: SuspensionCause, said: str) -> None:
    site.account.subscribe("A", "X")
    assert "suspended" not in prose(site.read())
    suspend(db.session(), site.account.customer, cause, now=NOW)
    said_now = prose(site.read())
    assert "Your access has been suspended since 23 November 2026, 18:40 GMT." in said_now
    assert said in said_now
    assert "Nothing has been deleted." in said_now
    assert "AI add-on (suspended)" in said_now
    resume(db.session(), site.account.customer, now=NOW)
    assert "suspended" not in prose(site.read())
