"""What a change costs, told before it is made: the very bills that it will make.

A quote is made by the arithmetic of the invoice, from the schedule as it will be. Its digest is of
all that the change decides, and of nothing that usage does: confirming sends it back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from sqlalchemy.orm import Session

from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Bill, Money, TaxLine, TaxTreatment, make_bill, taxes
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.billing_run.agreements import Agreement, Due
from pricingsite.services.changes.agreed_ends import charged_as_before, charged_as_billed
from pricingsite.services.changes.arranging import NewTerms, arranged
from pricingsite.services.changes.billed_days import (
    alters,
    has_draft,
    has_invoice,
    is_billed_alike,
)
from pricingsite.services.changes.crediting import (
    TakenOff,
    UnusedCharge,
    billed_in_advance,
    taken_off_before,
    taken_off_beside,
    unused_charges,
)
from pricingsite.services.changes.cut_short import resumed
from pricingsite.services.changes.digests import digest_of
from pricingsite.services.changes.drafts import ScheduleDraft
from pricingsite.services.changes.ending_prices import closed, cut_places, there_since
from pricingsite.services.changes.situation import Situation
from pricingsite.services.changes.spreading import spread
from pricingsite.services.changes.timing import When
from pricingsite.services.changes.wanted import UnbilledChangeError
from pricingsite.services.usage.quantities import CustomerUsage

_MOST_BILLS = 6
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedBill:
    """A bill as it will be, at the usage so far: of a day, with what a change adds to it.

    `unused` are taken off it by this change and earlier ones: what was paid in advance for days
    that are not used.
    """

    on: date
    bill: Bill
    unused: tuple[TakenOff, ...] = ()
    taxes: tuple[TaxLine, ...]
    net: Money
    tax: Money
    gross: Money
    has_usage: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuote:
    """A change as it will be made: from which day, the schedule then, and the bills of it.

    It `keeps` what there is, where it takes back what waits to be less from that day on.
    `bills` are those to come: the next one, and those from that day on up to the first of the new
    terms alone. `credited` is what a credit note gives back, where the change charges less than
    that on its day.
    """

    situation: Situation
    when: When | None
    on: date
    after: ScheduleDraft
    bills: tuple[QuotedBill, ...]
    unused: tuple[UnusedCharge, ...] = ()
    credited: tuple[UnusedCharge, ...] = ()
    next_invoice_on: date | None
    digest: str
    following: BillingSchedule | None = None
    keeps: bool = False

    @property
    def is_immediate(self) -> bool:
        """Whether it takes effect today, so that it cannot be undone."""
        return self.on <= self.situation.today

    @property
    def last_day(self) -> date | None:
        """The last day that the schedule then covers; None where it is open."""
        return self.after.end - _ONE_DAY if self.after.end else None

    @property
    def never_begins(self) -> bool:
        """Whether the schedule ends before its start."""
        end = self.after.end
        return end is not None and end <= self.situation.schedule.start_date


class Quoting:
    """Quotes changes of a customer's schedule; what it reads once serves several quotes."""

    def __init__(self, session: Session, situation: Situation) -> None:
        self._session, self._situation = session, situation
        self._usage = CustomerUsage(session, situation.customer.id, today=situation.today)
        self._treatment: TaxTreatment = tax_treatment(situation.seller.merchant, situation.customer)
        before = resumed(session, situation.schedule, situation.draft)
        self._before = Agreement(situation.priced(before))
        self._taken_off = taken_off_before(session, situation.schedule, situation.pending)

    def quote(self, new: NewTerms, on: date, *, when: When | None) -> ChangeQuote:
        """The quote of new terms from a day on."""
        after = self._arranged(new, on, at_period_end=when is When.PERIOD_END)
        return self.quote_of(after, on, when=when)

    def quote_of(
        self, after: ScheduleDraft, on: date, *, when: When | None, gives_back: bool = True
    ) -> ChangeQuote:
        """The quote of a schedule as it is to be from a day on. Raises `UnbilledChangeError`.

        With `gives_back`, what was paid in advance for days after it is given back.
        """
        situation, session = self._situation, self._session
        schedule, today = situation.schedule, situation.today
        cut = cut_places(situation.draft, after, on, today=today)
        since = there_since(situation.draft, cut, on)
        is_billed = has_invoice(session, schedule.id, on)
        after = closed(situation.draft, after, on, today=today, is_billed=is_billed)
        billed = billed_in_advance(session, schedule.id, since, on)
        after = charged_as_billed(after, on, billed, partial(has_invoice, session, schedule.id))
        after = charged_as_before(situation.draft, after, on)
        after = resumed(session, schedule, after)
        agreement = Agreement(self._situation.priced(after))
        taken_off = taken_off_beside(self._taken_off, after, on, today=today)
        self._check_bills(agreement, taken_off)
        unused = unused_charges(session, schedule, since, on) if gives_back else ()
        less = (*unused, *taken_off.get(on, ()))
        given_back = Money.total((one.net for one in less), agreement.currency)
        # An invoice that is issued takes nothing off any more.
        fits = self._net(agreement, on).minor >= given_back.minor and not is_billed
        on_bill, credited = (unused, ()) if fits else ((), spread(session, unused))
        next_invoice_on, first = self._next_invoice_on(agreement, on)
        taken_off = {**taken_off, on: (*taken_off.get(on, ()), *on_bill)}
        bills = tuple(self._bills(agreement, on, first, taken_off))
        return ChangeQuote(
            situation=situation,
            when=when,
            on=on,
            after=after,
            bills=bills,
            unused=on_bill,
            credited=credited,
            next_invoice_on=next_invoice_on,
            digest=digest_of(
                situation,
                after,
                on=on,
                given_back=(*on_bill, *credited),
                billed_on=[one.on for one in bills],
                treatment=self._treatment,
            ),
        )

    def first_bills(self) -> tuple[QuotedBill, ...]:
        """The bills of a schedule that is to begin, up to the first of a whole period."""
        start = self._situation.schedule.start_date
        return tuple(self._bills(self._before, start, self._before.next_due(start), {}))

    def _check_bills(
        self, agreement: Agreement, taken_off: Mapping[date, Sequence[TakenOff]]
    ) -> None:
        """Refuse to end what a bill that is to come takes something off from: it would owe."""
        for day, lines in taken_off.items():
            if not has_invoice(self._session, self._situation.schedule.id, day):
                net = self._net(agreement, day)
                if net.minor < sum(one.net.minor for one in lines):
                    raise UnbilledChangeError(day)

    def first_free_day(self, terms_on: Callable[[date], NewTerms], day: date) -> date:
        """The day itself, or the next on which a change can be billed: a day has one invoice."""
        while self.is_taken(self._arranged(terms_on(day), day, at_period_end=False), day):
            day += _ONE_DAY
        return day

    def _arranged(self, new: NewTerms, day: date, *, at_period_end: bool) -> ScheduleDraft:
        draft, anchor = self._situation.draft, self._situation.schedule.anchor_date
        today = self._situation.today
        return arranged(draft, anchor, new, day, at_period_end=at_period_end, today=today)

    def is_taken(self, after: ScheduleDraft, day: date) -> bool:
        """Whether a day has its invoice, and a schedule that is changed on it would alter that."""
        schedule, draft = self._situation.schedule, self._situation.draft
        if not has_invoice(self._session, schedule.id, day):
            return False
        today = self._situation.today
        after = closed(draft, after, day, today=today, is_billed=True)
        after = charged_as_before(draft, after, day)
        after = resumed(self._session, schedule, after)
        due, before = (
            one.due_on(day) for one in (Agreement(self._situation.priced(after)), self._before)
        )
        return alters(draft, schedule, day, before=before, after=due)

    def _next_invoice_on(self, agreement: Agreement, on: date) -> tuple[date | None, date | None]:
        """When the schedule is billed next after the change, and the next bill; None = never again.

        What fell due up to today is billed, unless the schedule waits for a run; a change that is
        pending for a day to come has billed nothing. An open draft of today is made again with the
        change.
        """
        schedule, today = self._situation.schedule, self._situation.today
        waits = schedule.next_invoice_on
        if waits is not None and waits <= today:
            first = agreement.next_due(waits)
            return first, first
        later = agreement.next_due(today + _ONE_DAY)
        before, due = self._before.due_on(on), agreement.due_on(on)
        if on > today or is_billed_alike(before, due, schedule.currency):
            return later, later
        first = agreement.next_due(on)
        return later if has_draft(self._session, schedule.id, on) else first, first

    def _bills(
        self,
        agreement: Agreement,
        on: date,
        first: date | None,
        taken_off: Mapping[date, Sequence[TakenOff]],
    ) -> Iterator[QuotedBill]:
        days = list(self._days(agreement, on, first))
        self._usage.read(wanted for one in days for wanted in agreement.due_on(one).usage)
        for day in days:
            due = agreement.due_on(day)
            quoted = self._quoted(agreement, due, day, taken_off.get(day, ()))
            # A minimum that is met is no bill.
            if due.services or quoted.net.minor or quoted.unused:
                yield quoted
            if day > on and due.period.start >= on:
                return

    def _days(self, agreement: Agreement, on: date, first: date | None) -> Iterator[date]:
        """The days of the bills that are told: the next one, and those from the change on."""
        day = agreement.next_due(first) if first else None
        for _ in range(_MOST_BILLS):
            if day is None:
                return
            yield day
            # What is billed until then is as it was, and a year of months would hide the change.
            is_bill = agreement.due_on(day).services or self._net(agreement, day).minor
            day = agreement.next_due(max(day + _ONE_DAY, on if is_bill else day))

    def _quoted(
        self, agreement: Agreement, due: Due, day: date, unused: Sequence[TakenOff]
    ) -> QuotedBill:
        bill = self._bill(agreement, due, day, used=True)
        by_rate = [(line.rate, line.net) for line in bill.taxes]
        by_rate += [(one.tax_rate, -one.net) for one in unused if one.tax_rate is not None]
        taxed = taxes(by_rate)
        net = bill.net - Money.total((one.net for one in unused), bill.currency)
        tax = Money.total((one.tax for one in taxed), bill.currency)
        return QuotedBill(
            on=day,
            bill=bill,
            unused=tuple(unused),
            taxes=tuple(taxed),
            net=net,
            tax=tax,
            gross=net + tax,
            has_usage=bool(due.usage),
        )

    def _net(self, agreement: Agreement, day: date) -> Money:
        """What a day's bill comes to without usage."""
        return self._bill(agreement, agreement.due_on(day), day, used=False).net

    def _bill(self, agreement: Agreement, due: Due, day: date, *, used: bool) -> Bill:
        quantities = (
            (self._usage.quantity(metric, service.period) if used else Decimal(0))
            if metric
            else None
            for service, metric in due.services
        )
        return make_bill(
            [(one, quantity) for (one, _), quantity in zip(due.services, quantities, strict=True)],
            period=due.period,
            currency=agreement.currency,
            tax_rate=tax_rate(self._situation.seller.rates, self._treatment, day),
            terms=due.terms,
        )
