"""What Hypothesis chooses in the lives of customers: plans, deals, codes, days."""

from datetime import date, time

from hypothesis import strategies as st
from support.hand_prices import ABROAD, AGREED, AT_HOME, CODES, PLANS, VERIFIED_ABROAD, Deal, Pick

from pricingsite.services.changes.timing import When

# Ends of months, leap years, and the days on which clocks change.
STARTS = st.sampled_from(
    [
        date(2024, 1, 31),
        date(2024, 1, 30),
        date(2024, 2, 29),
        date(2027, 1, 31),
        date(2027, 6, 1),
        date(2027, 3, 28),
        date(2026, 12, 31),
    ]
)
ONCE_IN_4 = st.sampled_from([False, False, False, True])


EVERY_PICK = [
    Pick(plan, option, seats, frozenset(add_ons))
    for plan, options in PLANS.items()
    for option, terms in options.items()
    for seats in ([1, 3, 4, 5] if plan == "crew" else [1, 3, 7] if terms.by_seat else [1])
    for add_ons in sorted({(), terms.add_ons, terms.add_ons[:1]})
]


@st.composite
def picks(draw: st.DrawFn) -> Pick:
    plan = draw(st.sampled_from(list(PLANS)))
    return draw(st.sampled_from([pick for pick in EVERY_PICK if pick.plan == plan]))


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """Other prices, or those that there are; a minimum, or a discount."""
    bought = draw(picks()).bought if draw(st.booleans()) else {}
    return Deal(bought, draw(MINIMUMS), draw(DISCOUNT))


WHERE = st.sampled_from([AT_HOME, AT_HOME, ABROAD, VERIFIED_ABROAD])
CODE = st.sampled_from([None, None, None, *CODES])
DISCOUNT = st.sampled_from([None, None, None, *AGREED])
MINIMUMS = st.sampled_from([0, 0, 15, 45, 250, 700])
ON = st.sampled_from([*When, 0, 3, 20, 45, 100])
WHEN = st.sampled_from(When)
TIMES = st.sampled_from([time(0, 20), time(12), time(23, 30)])
