"""The account page in each of its states, by the sentence that tells it from the others."""

import pytest
from support.account_pages import Site, prose
from support.account_states import STATES

SENTENCES = {
    "no plan": "Nothing is billed to this account.",
    "brand new": "As of 23 November 2026, 18:40 GMT; no usage received yet.",
    "without usage": "was £750.00 excl. VAT, the same as this one to date.",
    "inside what is included": "640 of 1,000 included API calls used",
    "at the last included": "Your next API call costs £0.45 excl. VAT. After 1,500 more",
    "in the second band": "So did all of your last 2 months.",
    "at the last bound": "£0.65 excl. VAT. Every further API call costs the same.",
    "in the last band beyond its budget": "This bill is £1,290.00 over your budget.",
    "huge": "£649,800.00",
    "a period just begun": (
        "A new period began on 1 December 2026, 00:00 GMT. "
        "Your bill for 1 to 30 November 2026 was £1,555.00 excl. VAT."
    ),
    "to begin": "Not billed: 12 API calls",
    "ended": "Ended: 15 November 2026 was the last day.",
    "other prices since mid period": "10 of 30 days",
    "a feed that fell silent": "No usage received for a whole day.",
    "no usage price": "On Scale this period would cost from £750.00 excl. VAT, £250.00 more",
    "a deal": "£150.00",
    "usage billed later": "counted over 1 October to 31 December 2026 and billed on a later bill",
    "several usage prices": "Reports: where you are",
    "reverse charge": "Reverse charge: we do not add VAT",
    "a bill to pay": "£600.00 to pay by 1 December 2026.",
    "bills overdue": "£600.00 is overdue since 31 October 2026. 1 earlier invoice is overdue.",
    "ended and billed": "This bill became invoice INV-000001 for 1 to 31 October 2026",
    "the day the clocks go back": "As of 25 October 2026, 23:30 GMT",
}


@pytest.mark.parametrize("name", STATES)
def test_each_state_says_what_it_is(site: Site, name: str) -> None:
    moment = STATES[name](site.account)
    main = prose(site.read_at(moment))
    assert SENTENCES[name] in main
    assert ("At least" in main or "Total" in main or "To date" in main) == (name != "no plan")
