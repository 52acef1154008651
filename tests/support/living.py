"""Live a life: usage, voids and billing runs in the order of their moments, and what is then read.

The estimate is read at the last instant before each day on which something falls due.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session
from support.agreeing import agree
from support.billing import invoices, run_billing
from support.lives import Life, Moment, Run, Use
from support.rerating import due_days

from pricingsite.models.invoices import Invoice
from pricingsite.pricing import day_start, local_date
from pricingsite.services.customers.verification import verify_tax_id
from pricingsite.services.estimates.estimates import Estimate, estimate
from pricingsite.services.usage.events import Event, EventName
from pricingsite.services.usage.recording import record
from pricingsite.services.usage.voiding import void

# Nothing of what comes in a life comes too late to be billed.
ALL_IN_TIME = 10_000

Do = Callable[[datetime], None]


class Document(NamedTuple):
    """A draft, an invoice or a credit note as it is stored."""

    number: str | None
    values: tuple[str, ...]


class Lived:
    """A life as it is lived; `changed` are moments at which usage of a day came or went."""

    def __init__(self, session: Session, life: Life) -> None:
        self.session, self.life = session, life
        self.used: dict[str, Event] = {}
        self.estimates: dict[date, Estimate] = {}
        self.changed: list[tuple[datetime, date]] = []
        self.stored: dict[int, Document] = {}
        self.issued: dict[int, Document] = {}
        self.first = datetime.combine(life.start, time.min, UTC) - timedelta(days=3)
        self.verified_at = self.first
        self.customer, self.schedule = agree(session, life, self.first)
        self.zone = self.schedule.zone
        until = life.start + timedelta(days=(life.trial_days or 0) + life.days)
        self.days = due_days(self.schedule, until) or [until]

    def live(self) -> None:
        """Do all of it, and bill it to its end."""
        last = self.begins(self.days[-1])
        for moment, _, do in sorted(self._actions(), key=lambda action: action[:2]):
            do(moment)
            last = max(last, moment)
        end = last + timedelta(days=45)
        for days in (0, 50, 51, 52):
            self.run(end + timedelta(days=days), timedelta(0))
        self.ended_on = local_date(end + timedelta(days=52), self.zone)

    def begins(self, day: date) -> datetime:
        """A day's first instant."""
        return day_start(day, self.zone)

    def _actions(self) -> Iterator[tuple[datetime, int, Do]]:
        for n, use in enumerate(self.life.uses):
            yield from self._usage(n, use)
        for n, run in enumerate(self.life.runs):
            yield self._moment(run.at), 100 + n, self._running(run)
        if self.life.verified_at:
            yield self._moment(self.life.verified_at), 180, self._verify
        for day in self.days:
            yield self.begins(day) - timedelta(microseconds=1), 200, self._reading(day)
            if self.life.billed_daily:
                yield self.begins(day) + timedelta(hours=1), 150, self._billing

    def _moment(self, moment: Moment) -> datetime:
        day = self.days[moment.place % len(self.days)]
        return max(self.begins(day) + moment.away, self.first)

    def _usage(self, n: int, use: Use) -> Iterator[tuple[datetime, int, Do]]:
        at = self._moment(use.at)
        event = Event(self.customer.id, "/gateway", f"e{n}", "job", at, {"value": use.value})

        def send(now: datetime) -> None:
            record(self.session, [event], now=now)
            self.used[event.event_id] = event
            self._note(event, now)

        def take_out(now: datetime) -> None:
            void(self.session, [EventName(event.subject, event.source, event.event_id)], now=now)
            del self.used[event.event_id]
            self._note(event, now)

        yield at + use.delay, n, send
        if use.voided_after is not None:
            yield at + use.delay + use.voided_after, 50 + n, take_out

    def _verify(self, now: datetime) -> None:
        verify_tax_id(self.session, self.customer, consultation="WAPIAAAAX7", now=now)
        self.verified_at = now

    def _note(self, event: Event, now: datetime) -> None:
        self.changed.append((now, local_date(event.occurred_at, self.zone)))

    def _running(self, run: Run) -> Do:
        def bill(now: datetime) -> None:
            before = run.days_before
            today = local_date(now, self.zone)
            until = None if before is None else today - timedelta(days=before)
            self.run(now, run.grace, until=until)
            once = self.stored
            self.run(now, run.grace, until=until)
            assert self.stored == once

        return bill

    def _reading(self, day: date) -> Do:
        def read(now: datetime) -> None:
            found = estimate(self.session, self.customer, now=now)
            assert found is not None
            self.estimates[day] = found

        return read

    def _billing(self, now: datetime) -> None:
        self.run(now, timedelta(hours=1))

    def run(self, now: datetime, grace: timedelta, *, until: date | None = None) -> None:
        """Run billing: nothing that was issued before has changed after it."""
        options = {"grace": grace, "late_days": ALL_IN_TIME, "until": until}
        run_billing(self.session, now, **options)
        self.stored = {one.id: stored(one) for one in invoices(self.session)}
        assert {one: self.stored.get(one) for one in self.issued} == self.issued
        self.issued = {one: document for one, document in self.stored.items() if document.number}


def stored(invoice: Invoice) -> Document:
    """All that is stored of a document and its lines."""
    return Document(
        invoice.number,
        tuple(
            repr(getattr(row, column.key))
            for row in (invoice, *invoice.lines)
            for column in row.__table__.columns
        ),
    )
