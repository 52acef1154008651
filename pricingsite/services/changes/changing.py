"""Making changes: quoted again under the customer's lock, and made if that is what was shown.

The changes of one customer are made one after another. One replaces the one that is pending; until
it takes effect it can be undone. Whatever is refused changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pricingsite.models.changes import ChangeKind, ChangeLine, ScheduleChange
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.promotions import Promotion
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import Money
from pricingsite.services.balances.credit_notes import credit
from pricingsite.services.billing_run.agreements import Agreement
from pricingsite.services.changes.agreed_ends import stays
from pricingsite.services.changes.crediting import UnusedCharge
from pricingsite.services.changes.cut_short import resumed
from pricingsite.services.changes.drafts import (
    ScheduleDraft,
    as_drafted,
    draft_of,
    with_following,
    write_draft,
)
from pricingsite.services.changes.following import withdraw
from pricingsite.services.changes.given_up_lines import give_up_lines, put_back_lines
from pricingsite.services.changes.kept_drafts import to_json
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.situation import Situation, read_situation
from pricingsite.services.changes.telling import tell_of_change, tell_of_undo
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.customers.companies import claim_once, give_up
from pricingsite.services.customers.locks import lock_customers
from pricingsite.services.invoices.storing import Issue
from pricingsite.services.orders.promotions import PromotionError, give_back, redeem
from pricingsite.services.schedules.creating import create_schedule
from pricingsite.services.schedules.midnights import hold_midnights
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.wording.bills import not_used_from

_ONE_DAY = timedelta(days=1)
NOTHING_PENDING = "No change is pending: there is nothing to undo."

# Quotes a change of a customer as it would be made now.
QuoteIt = Callable[[Session, Customer], ChangeQuote]


class QuoteChangedError(ValueError):
    """What a change comes to is not what was shown; `quote` is what it is now."""

    def __init__(self, quote: ChangeQuote) -> None:
        super().__init__("What the change comes to is not what was shown.")
        self.quote = quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes a change, and how what it makes is issued: `user_id` is None for the merchant."""

    issue: Issue
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was made, its quote, and the credit notes that it made at once."""

    change: ScheduleChange
    quote: ChangeQuote
    credit_notes: tuple[Invoice, ...]


def lock_customer(session: Session, customer_id: str) -> Customer:
    """A customer that nobody else changes until the transaction ends; nor are midnights told."""
    hold_midnights(session)
    lock_customers(session, [customer_id], exclusive=True)
    return session.get_one(Customer, customer_id, populate_existing=True)


def make_change(
    session: Session,
    customer_id: str,
    quote_it: QuoteIt,
    *,
    kind: ChangeKind = ChangeKind.PLAN,
    to_plan: str | None = None,
    shown: str | None,
    maker: Maker,
    now: datetime,
) -> Made:
    """Make a change as it is quoted now; `shown` is the digest of the quote that was confirmed.

    Raises `QuoteChangedError` where that is another one, and what `quote_it` does.
    """
    customer = lock_customer(session, customer_id)
    quote = quote_it(session, customer)
    if shown is not None and quote.digest != shown:
        raise QuoteChangedError(quote)
    situation = quote.situation
    schedule = situation.schedule
    was = draft_of(schedule)
    _set_aside(session, situation, now=now)
    # What took effect stays; of what was agreed for that day or later, what still ends so.
    later = max(quote.on, situation.today + _ONE_DAY)
    waited = give_up_lines(session, schedule.id, later)
    before = to_json(situation.draft) | {"lines": waited}
    put_back_lines(session, schedule.id, [one for one in waited if _is_left(quote, one)])
    _redeem_codes(session, quote)
    _write(session, quote, now=now)
    if quote.following is not None:
        create_schedule(session, quote.following)
    _add_lines(session, quote)
    change = ScheduleChange(
        schedule_id=schedule.id,
        kind=kind,
        starts_on=quote.on,
        from_plan=situation.plan_name,
        to_plan=to_plan,
        before=before,
        made_at=now,
        made_by=maker.user_id,
        following=quote.following,
    )
    session.add(change)
    session.flush()
    notes: tuple[Invoice, ...] = ()
    if quote.is_immediate:
        notes = _credit(session, quote.credited, maker.issue, quote.on)
    tell_of_change(session, quote, was, now=now)
    return Made(change, quote, notes)


def _is_left(quote: ChangeQuote, line: dict[str, Any]) -> bool:
    """Whether a line that waits is still to be given back after a change."""
    return stays(quote.after, line["price_id"], date.fromisoformat(line["due_on"]), quote.on)


def _write(session: Session, quote: ChangeQuote, *, now: datetime) -> None:
    schedule, after = quote.situation.schedule, quote.after
    if after.end is not None and after.end <= schedule.start_date:
        # It never begins, and there is nothing to bill; undone, it begins as it was.
        write_draft(session, schedule, quote.situation.draft)
        schedule.withdrawn_at, schedule.next_invoice_on = now, None
        return
    write_draft(session, schedule, after)
    if not schedule.trial_ends:  # Nothing follows it until it is confirmed, and that sets the day.
        schedule.next_invoice_on = quote.next_invoice_on


def undo_change(
    session: Session, customer_id: str, *, by_customer: bool = False, now: datetime
) -> ScheduleChange:
    """Undo the change of a customer's schedule that is pending. Raises `ChangeError`.

    One that the merchant has made is not the customer's to undo.
    """
    customer = lock_customer(session, customer_id)
    if withdrawn := withdrawn_schedule(session, customer_id, now=now):
        return _restore(session, withdrawn, by_customer=by_customer, now=now)
    situation = read_situation(session, customer, by_customer=by_customer, now=now)
    change, schedule = situation.pending, situation.schedule
    if change is None:
        raise ChangeError(NOTHING_PENDING)
    was = draft_of(schedule)
    today = situation.today
    _set_aside(session, situation, now=now)
    draft = resumed(session, schedule, situation.draft)
    write_draft(session, schedule, draft)
    waits = schedule.next_invoice_on is not None and schedule.next_invoice_on <= today
    if not (schedule.trial_ends or waits):
        # What fell due up to today is billed, and no pending change has changed that.
        agreement = Agreement(as_drafted(schedule, draft))
        schedule.next_invoice_on = agreement.next_due(today + _ONE_DAY)
    session.flush()
    tell_of_undo(session, schedule, was, now=now)
    return change


def withdrawn_schedule(
    session: Session, customer_id: str, *, now: datetime
) -> BillingSchedule | None:
    """A customer's schedule that was cancelled before its start, while that is to come.

    None where the customer is on another one by now.
    """
    if current_schedule(session, customer_id, now=now) is not None:
        return None
    schedule = session.scalar(
        select(BillingSchedule)
        .where(
            BillingSchedule.customer_id == customer_id, BillingSchedule.withdrawn_at.is_not(None)
        )
        .order_by(BillingSchedule.withdrawn_at.desc())
        .limit(1)
    )
    return schedule if schedule and schedule.start_date > schedule.today(now) else None


def _restore(
    session: Session, schedule: BillingSchedule, *, by_customer: bool, now: datetime
) -> ScheduleChange:
    """Let a schedule begin that was cancelled before its start."""
    latest = ScheduleChange.schedule_id == schedule.id, ScheduleChange.is_latest
    change = session.scalars(select(ScheduleChange).where(*latest)).one()
    if by_customer and change.made_by is None:
        raise ChangeError(NOTHING_PENDING)
    change.undone_at, change.is_latest = now, False
    schedule.withdrawn_at, schedule.next_invoice_on = None, schedule.start_date
    session.flush()
    tell_of_undo(session, schedule, None, now=now)
    return change


def _set_aside(session: Session, situation: Situation, *, now: datetime) -> None:
    """Let the change before count no more; if it is pending it is undone, with its code."""
    schedule, pending = situation.schedule, situation.pending
    if pending is not None:
        give_up_lines(session, schedule.id, pending.starts_on)
        put_back_lines(session, schedule.id, pending.before.get("lines", ()))
        drafts = with_following(draft_of(schedule), pending.following)
        if pending.following is not None:
            withdraw(session, pending.following, now=now)
        for code in _codes(session, drafts, situation.draft):
            give_back(session, code)
            give_up(session, f"code:{code}", situation.customer)
        pending.undone_at, pending.is_latest = now, False
        session.flush()
    latest = ScheduleChange.schedule_id == schedule.id, ScheduleChange.is_latest
    session.execute(update(ScheduleChange).where(*latest).values(is_latest=False))


def _redeem_codes(session: Session, quote: ChangeQuote) -> None:
    """Count the codes that a change brings, each once a company. Raises `PromotionError`."""
    situation = quote.situation
    drafts = with_following(quote.after, quote.following)
    for code in _codes(session, drafts, situation.draft):
        if not claim_once(session, f"code:{code}", situation.customer):
            raise PromotionError(f"Your company has used promotion code {code} already")
        redeem(session, code)


def _codes(session: Session, drafts: Iterable[ScheduleDraft], before: ScheduleDraft) -> set[str]:
    """The promotion codes that drafts have and one before has not; what is agreed has none."""
    new = {code for one in drafts for code in one.codes} - before.codes
    return {code for code in new if session.get(Promotion, code) is not None}


def _add_lines(session: Session, quote: ChangeQuote) -> None:
    """Add what is not used to the bill of the day, or let it wait for the day to be credited."""
    waits = () if quote.is_immediate else quote.credited
    for position, one in enumerate((*quote.unused, *waits)):
        is_credited = one in waits
        session.add(
            ChangeLine(
                schedule_id=quote.situation.schedule.id,
                due_on=quote.on,
                position=position,
                price_id=one.price_id,
                period_start=one.period.start,
                period_end=one.period.end,
                description=one.description,
                tax_rate=one.tax_rate,
                net=-one.net.minor,
                invoice_id=one.invoice.id if is_credited else None,
                place=one.place if is_credited else None,
            )
        )


def _credit(
    session: Session, credited: Sequence[UnusedCharge], issue: Issue, on: date
) -> tuple[Invoice, ...]:
    """Credit notes of what was paid in advance and is not used, one for each invoice."""
    by_invoice: dict[Invoice, dict[int, Money]] = defaultdict(dict)
    for one in credited:
        by_invoice[one.invoice][one.place] = one.net
    reason = not_used_from(on)
    return tuple(
        credit(session, invoice, amounts, reason=reason, issue=issue)
        for invoice, amounts in by_invoice.items()
    )
