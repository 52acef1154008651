"""The days for which phases agree minimums.

One that is charged in advance is charged for the whole of its period: while its main price goes on,
what is agreed within that counts from the next period on. Days are the schedule's own zone's.
"""

from dataclasses import replace
from datetime import date, timedelta

from pricingsite.models.schedules import Phase, PhasePrice
from pricingsite.pricing import BillingType, Span, minimum_price, period_of

_ONE_DAY = timedelta(days=1)


class Minimums:
    """The minimums of a schedule's phases, which are added in their order."""

    def __init__(self, anchor: date) -> None:
        self._anchor = anchor
        self._spans: list[Span] = []
        self._main: PhasePrice | None = None
        self._end: date | None = None

    @property
    def spans(self) -> tuple[Span, ...]:
        """Each minimum as a price over its days."""
        return tuple(self._spans)

    def add(self, phase: Phase, main: PhasePrice, end: date | None, *, final: bool) -> None:
        """Add that of a phase, which ends on a day, as the schedule does if that is final.

        What a change cuts of the `main` price is charged up to the end of its period, and so is a
        minimum that is charged in advance beside it: also where there is more of the price then.
        """
        start = phase.start_date
        if paid_until := self._paid_until(main, start):
            start = paid_until if end is None else min(paid_until, end)
        elif self._begun(main, start):
            boundary = self._boundary(main, start)
            if end is None or boundary <= end:
                self._spans[-1] = replace(self._spans[-1], end=boundary)
                start = boundary
            else:
                cut = main.charged_until
                begun = replace(self._spans[-1], end=end, final=final, charged_until=cut)
                self._spans[-1], start = begun, end
        if phase.minimum is not None and start != end:
            price = minimum_price(phase.minimum, [one.terms for one in phase.phase_prices])
            anchor = main.anchor_date if main.anchor_date != self._anchor else None
            cut = main.charged_until if price.billing_type is BillingType.IN_ADVANCE else None
            self._append(Span(price, start, end, final, anchor, cut))
        self._main, self._end = main, end

    def _begun(self, main: PhasePrice, start: date) -> bool:
        """Whether a minimum that is charged in advance goes on to the end of its period."""
        span = self._spans[-1] if self._spans else None
        if span is None or span.end != start or span.charged_until:
            return False
        return self._goes_on(main, start) and span.price.billing_type is BillingType.IN_ADVANCE

    def _paid_until(self, main: PhasePrice, start: date) -> date | None:
        """Up to which later day a minimum that was cut is charged, where its price goes on."""
        until = self._spans[-1].charged_until if self._spans else None
        return until if until and start < until and self._goes_on(main, start) else None

    def _goes_on(self, main: PhasePrice, start: date) -> bool:
        """Whether the main price is that of the phase before, with the same periods."""
        before = self._main
        if before is None or self._end != start:
            return False
        return (before.price_id, before.anchor_date) == (main.price_id, main.anchor_date)

    def _boundary(self, main: PhasePrice, day: date) -> date:
        """The day itself where a period begins on it, else the end of the one it lies in."""
        frequency = main.price.frequency
        return period_of(main.anchor_date or self._anchor, frequency, day - _ONE_DAY).end

    def _append(self, span: Span) -> None:
        """Add a minimum, or let the one before go on if it is the same."""
        if self._spans and _goes_on(self._spans[-1], span):
            span = replace(span, start=self._spans.pop().start)
        self._spans.append(span)


def _goes_on(before: Span, span: Span) -> bool:
    """Whether the next minimum is the same, so that its periods go on."""
    same = (before.end, before.price, before.anchor) == (span.start, span.price, span.anchor)
    return same and before.charged_until is None
