"""In any order and batches, repeated and voided, events count as plain Python counts them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from support.accounts import differences
from support.jobs import NOW, add_customers, counted, metrics

from pricingsite.models.catalog import UsageMetric
from pricingsite.models.customers import Customer
from pricingsite.pricing import Aggregation, Period
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.quantities import daily, quantities
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void

ZONE = ZoneInfo("Europe/London")
PERIOD = Period(date(2026, 10, 24), date(2026, 10, 27))
# About the ends of the days and of the period, and the hour that comes twice on the 25th.
MOMENTS = [
    datetime(2026, 10, 23, 22, 59, 59, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 23, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 26, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 10, 27, tzinfo=UTC),
]
EVENTS = st.lists(
    st.builds(
        Event,
        st.just("cus_a"),
        st.sampled_from(["/a", "/B", "/ä", "/\U0001f600"]),
        st.sampled_from(["1", "10", "9", "a", "B", "z", "é", "\ufb01", "\U0001f600"]),
        st.just("job"),
        st.sampled_from(MOMENTS),
        st.sampled_from([0, 2, 7, Decimal("2.5"), Decimal("0.000001")]).map(
            lambda value: {"value": value}
        ),
    ),
    unique_by=lambda event: (event.source, event.event_id),
    max_size=10,
)


def check(session: Session, events: list[Event]) -> None:
    """Every metric's days, running totals and period against plain Python."""

    def upto(day: date) -> list[Event]:
        days = Period(PERIOD.start, day + timedelta(days=1))
        return [one for one in events if days.contains(one.occurred_at.astimezone(ZONE).date())]

    every = [session.get_one(UsageMetric, f"jobs_{one}") for one in Aggregation]
    totals = quantities(session, "cus_a", every, PERIOD)
    for metric in every:
        aggregation = metric.aggregation
        for day in daily(session, "cus_a", metric, PERIOD):
            of_day = [e for e in events if e.occurred_at.astimezone(ZONE).date() == day.day]
            assert day.quantity == (counted(aggregation, of_day) if of_day else None)
            assert day.cumulative == counted(aggregation, upto(day.day))
        assert totals[metric.id] == counted(aggregation, upto(PERIOD.last_day))
    assert not differences(session)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(EVENTS, st.data())
def test_any_order_batches_repeats_and_voids_count_as_plain_python_does(
    amara: Session, events: list[Event], data: st.DataObject
) -> None:
    amara.rollback()
    if amara.get(Customer, "cus_a") is None:
        amara.add_all(metrics())
        add_customers(amara, "cus_a")
    again = data.draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    mixed = data.draw(st.permutations(events + again))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=3)))
    stored, voided = dict[str, Event](), set[str]()
    for start, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True):
        record(amara, mixed[start:end], now=NOW)
        stored |= {repr((one.source, one.event_id)): one for one in mixed[start:end]}
        if gone := data.draw(st.sets(st.sampled_from(sorted(stored)), max_size=2)) if stored else 0:
            named = [stored[name] for name in sorted(gone)]
            void(amara, [EventName("cus_a", one.source, one.event_id) for one in named], now=NOW)
            voided |= gone
        check(amara, [one for name, one in stored.items() if name not in voided])
    amara.rollback()
