"""The account page while a plan is paused."""

from datetime import UTC, date, datetime

from support.account_pages import Site
from support.billing import PREFIXES

from pricingsite.database import db
from pricingsite.models.changes import ChangeKind
from pricingsite.services.changes.changing import Maker, make_change
from pricingsite.services.changes.leaving import quote_pause
from pricingsite.services.invoices.storing import Issue

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_paused_plan_says_when_it_goes_on(site: Site) -> None:
    site.account.subscribe("A", "X")
    site.account.use(1500)
    make_change(
        db.session(),
        site.account.customer.id,
        lambda session, customer: quote_pause(session, customer, until=date(2027, 2, 1), now=NOON),
        kind=ChangeKind.PAUSE,
        shown=None,
        maker=Maker(issue=Issue(prefixes=PREFIXES, clock=lambda: NOON)),
        now=NOON,
    )
    running = site.read_at(NOON)
    assert running.text_of("h1") == "Your bill for 1 to 30 November 2026"
    paused = site.read_at(datetime(2026, 12, 10, 12, tzinfo=UTC))
    assert paused.text_of("h1") == "Your plan is paused"
    assert "billed again, from 1 February 2027" in paused.text_of("main")
    again = site.read_at(datetime(2027, 2, 3, 12, tzinfo=UTC))
    assert again.text_of("h1") == "Your bill for 1 to 28 February 2027"
    for path in ("/account/usage", "/account/invoices", "/account/alerts"):
        assert site.read_at(datetime(2026, 12, 10, 12, tzinfo=UTC), path).text_of("h1")
