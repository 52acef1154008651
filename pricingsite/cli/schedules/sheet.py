"""Schedules and quotes of changes to read in a terminal: a fact a line, its parts by tabs."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from pricingsite.models.changes import ChangeKind, ScheduleChange
from pricingsite.pricing import AgreedDiscount, main_price, plain
from pricingsite.services.changes.crediting import TakenOff, UnusedCharge
from pricingsite.services.changes.dated_effects import Effect, Fate, dated_effects_of
from pricingsite.services.changes.drafts import PhaseDraft, ScheduleDraft, draft_of
from pricingsite.services.changes.history import ScheduleState
from pricingsite.services.changes.quoting import ChangeQuote, QuotedBill
from pricingsite.web.shown_prices import discount_words
from pricingsite.wording.bills import line_description
from pricingsite.wording.days import day, days
from pricingsite.wording.figures import money, percent, quantity, rate
from pricingsite.wording.periods import billed, per_period
from pricingsite.wording.prices import price_sentence

_ONE_DAY = timedelta(days=1)
_KINDS = {
    ChangeKind.PLAN: "Change",
    ChangeKind.CANCELLATION: "Cancellation",
    ChangeKind.END: "End",
    ChangeKind.PAUSE: "Pause",
    ChangeKind.PRICE_MOVE: "New price",
}


def schedule_sheet(of: ScheduleState) -> Iterator[str]:
    """What a customer is on, its phases, what is pending, and what has changed."""
    schedule = of.schedule
    yield f"{of.customer.legal_name} ({of.customer.id}): {of.plan_name or 'prices of its own'}"
    yield f"Schedule\t{schedule.id}"
    yield f"From\t{day(schedule.start_date)}"
    if schedule.end_date:
        yield f"Until\t{day(schedule.end_date - _ONE_DAY)}"
    if schedule.withdrawn_at:
        yield "Cancelled\tbefore its start"
    if schedule.purchase_order:
        yield f"Purchase order\t{schedule.purchase_order}"
    yield f"Next invoice\t{day(of.next_invoice_on) if of.next_invoice_on else 'none'}"
    yield f"Pending\t{change_words(of.pending)}" if of.pending else "Pending\tnothing"
    if of.pending and of.pending.following_id:
        yield f"Followed by\t{of.pending.following_id}"
    yield ""
    yield from _phases(draft_of(schedule), schedule.anchor_date)
    if of.changes:
        yield ""
    yield from map(_made, of.changes)


def _made(of: ScheduleChange) -> str:
    undone = "\tundone" if of.undone_at else ""
    return f"{of.made_at:%Y-%m-%d}\t{change_words(of)}{undone}"


def change_words(of: ScheduleChange) -> str:
    """A change in a line: `Change from Start to Scale on 1 December 2026`, or `within Scale`."""
    names = f" from {of.from_plan}" if of.from_plan else ""
    names += f" to {of.to_plan}" if of.to_plan else ""
    if of.from_plan and of.from_plan == of.to_plan and not of.following:
        names = f" within {of.to_plan}"
    names += f" in {of.following.currency}" if of.following else ""
    return f"{_KINDS[of.kind]}{names} on {day(of.starts_on)}"


def quote_sheet(quote: ChangeQuote) -> Iterator[str]:
    """What a change comes to: from when, the phases then, what it ends, and the bills of it."""
    situation = quote.situation
    immediate = ", today" if quote.on == situation.today else ""
    yield f"{situation.customer.legal_name}: from {day(quote.on)}{immediate}"
    if situation.pending:
        yield f"Replaces\t{change_words(situation.pending)}"
    yield from _effects(quote)
    yield ""
    yield from _phases_since(quote)
    for bill in quote.bills:
        yield ""
        yield from _bill(bill, situation.seller.merchant.tax_name)
    if quote.credited:
        yield ""
        yield from _credited(quote.credited)


def _effects(quote: ChangeQuote) -> Iterator[str]:
    effects = dated_effects_of(quote)
    yield from map(_effect, effects.prices)
    for one in effects.taken_back:
        yield f"Taken back\t{_effect(one)}"
    if effects.lost_discount:
        yield f"Ends\tDiscount\t{discount_words(effects.lost_discount)}"
    if least := effects.lost_minimum:
        yield f"Ends\tMinimum\t{price_sentence(least, rate)} {per_period(least.billing_frequency)}"


def _effect(of: Effect) -> str:
    r"""`Ends\tX\tAI add-on\t1 December 2026`; a price that is replaced is followed by another."""
    name = f"{of.fate.value.capitalize()}\t{of.price.id}\t{of.price.name}"
    by = f"by {of.following.id} on " if of.following and of.fate is Fate.REPLACED else ""
    return f"{name}\t{by}{day(of.on)}" if of.on else name


def _phases_since(quote: ChangeQuote) -> Iterator[str]:
    """The phases from the day of a change on, or the last day of what ends."""
    after = quote.after
    if after.end is not None and after.end <= quote.on:
        last_day = day(after.end - _ONE_DAY)
        yield "It never begins" if quote.never_begins else f"Until {last_day}"
        if following := quote.following:
            yield f"A schedule in {following.currency} follows"
            yield from _phases(draft_of(following), following.anchor_date)
        return
    since = ScheduleDraft(phases=after.since(quote.on), end=after.end)
    yield from _phases(since, quote.situation.schedule.anchor_date)


def _phases(draft: ScheduleDraft, anchor: date) -> Iterator[str]:
    for phase in draft.phases:
        yield _stretch(phase, draft.end)
        if not phase.places:
            yield "\tPause: nothing is billed"
        for place in phase.places:
            many = f"={plain(place.quantity)}" if place.quantity is not None else ""
            terms = place.terms
            yield f"\t{place.price.id}{many}\t{terms.name}\t{price_sentence(terms, rate)}, " + (
                billed(terms)
            )
        if phase.minimum is not None:
            main = main_price([one.terms for one in phase.places])
            minimum = rate(phase.minimum, main.currency)
            yield f"\tMinimum\t{minimum} {per_period(main.billing_frequency)}"
        if phase.discount:
            yield f"\tDiscount\t{_discount(phase, phase.discount, anchor)}"


def _stretch(phase: PhaseDraft, end: date | None) -> str:
    """A phase's days; what lies past the schedule's end is a trial's that is not confirmed."""
    words = f"From {day(phase.start)}"
    if phase.end is not None:
        words = days(phase.start, phase.end - _ONE_DAY)
    if phase.trial:
        return f"{words}, trial"
    return f"{words}, if confirmed" if end is not None and phase.start >= end else words


def _discount(phase: PhaseDraft, discount: AgreedDiscount, anchor: date) -> str:
    main = main_price([one.terms for one in phase.places])
    return discount_words(discount.over(main, start=phase.start, anchor=anchor, end=phase.end))


def _bill(bill: QuotedBill, tax_name: str) -> Iterator[str]:
    usage = ", at the usage to date" if bill.has_usage else ""
    yield f"Bill of {day(bill.on)}{usage}"
    for line in bill.bill.every_line:
        covered = days(line.period.start, line.period.last_day)
        units = f"{quantity(line.quantity)} at {rate(line.unit_price, bill.bill.currency)}"
        fee = f" + {rate(line.flat_fee, bill.bill.currency)}" if line.flat_fee else ""
        yield f"\t{line_description(line)}\t{covered}\t{units}{fee}\t{money(line.net)}"
    yield from map(_unused, bill.unused)
    yield f"\tNet\t{money(bill.net)}"
    yield from (
        f"\t{tax_name} {percent(one.rate)} of {money(one.net)}\t{money(one.tax)}"
        for one in bill.taxes
    )
    yield f"\tGross\t{money(bill.gross)}"


def _unused(of: TakenOff) -> str:
    covered = days(of.period.start, of.period.last_day)
    # What an earlier change takes off is of no invoice any more.
    source = f"of {of.invoice.number}" if isinstance(of, UnusedCharge) else ""
    return f"\t{of.description}\t{covered}\t{source}\t{money(-of.net)}"


def _credited(charges: Iterable[UnusedCharge]) -> Iterator[str]:
    """What credit notes give back; their VAT is at their invoices' rates."""
    yield "Credit notes, net"
    yield from map(_unused, charges)
