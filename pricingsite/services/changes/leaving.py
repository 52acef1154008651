"""Cancelling, ending, pausing, and subscribing again.

A customer cancels at the period's end; until then it can undo that. The merchant may end a schedule
on any day, and give back what was paid for days after it, or not. Days are the schedule's own
zone's, an end date is the first day no longer covered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Price
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import FirstBill, boundary
from pricingsite.pricing.periods import BillingFrequency
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.changes.changing import lock_customer
from pricingsite.services.changes.drafts import PhaseDraft, ScheduleDraft
from pricingsite.services.changes.quoting import ChangeQuote, Quoting
from pricingsite.services.changes.situation import Situation, read_situation
from pricingsite.services.changes.timing import (
    When,
    discount_left,
    main_place,
    merged,
    trial_end,
)
from pricingsite.services.changes.wanted import (
    ChangeError,
    WantedPlan,
    check_unused,
    terms_of_plan,
)
from pricingsite.services.customers.companies import claim_once
from pricingsite.services.customers.tax_ids import EUROPEAN
from pricingsite.services.merchant import read_seller
from pricingsite.services.orders.promotions import PromotionError, redeem
from pricingsite.services.schedules.creating import AgreedTerms, create_schedule, new_schedule
from pricingsite.services.schedules.endings import DATA_DAYS
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.wording.days import day as in_words

_SWITCHING_MONTHS = 2
_NO_PLACES = PhaseDraft(start=date.min)


def last_day_to_switch(situation: Situation) -> date | None:
    """The last day that a customer in the EU pays for that switches to another provider.

    Two months from today (Regulation 2023/2854); None where its period ends before that, or it is
    elsewhere.
    """
    if situation.customer.country not in EUROPEAN:
        return None
    end = boundary(situation.today, BillingFrequency.MONTHLY, _SWITCHING_MONTHS)
    return end - timedelta(days=1) if end < situation.period_end else None


def quote_cancellation(
    session: Session, customer: Customer, *, switching: bool = False, now: datetime
) -> ChangeQuote:
    """What cancelling comes to: the day of the end, and the bills until then.

    At the period's end; who is `switching` leaves earlier, and what was paid for longer is given
    back. Raises `ChangeError`.
    """
    situation = read_situation(session, customer, by_customer=True, now=now)
    pending = situation.pending
    if pending is not None and pending.kind in {ChangeKind.CANCELLATION, ChangeKind.END}:
        raise ChangeError(
            f"It is cancelled already: it ends on {in_words(pending.starts_on - timedelta(1))}."
        )
    last_day = last_day_to_switch(situation) if switching else None
    end = last_day + timedelta(days=1) if last_day else situation.period_end
    if situation.draft.end is not None and end >= situation.draft.end:
        last = in_words(situation.draft.end - timedelta(days=1))
        raise ChangeError(f"It ends on {last} by itself: there is nothing to cancel.")
    return _quote_end(session, situation, end, when=When.PERIOD_END, gives_back=bool(last_day))


def data_until(quote: ChangeQuote) -> date | None:
    """Up to which day at least usage and invoices can be fetched, for a schedule that ends."""
    return quote.last_day + DATA_DAYS if quote.last_day else None


def quote_end(
    session: Session, customer: Customer, *, on: date | When, gives_back: bool, now: datetime
) -> ChangeQuote:
    """What it comes to that the merchant ends a schedule, the day before `on` its last one.

    Raises `ChangeError`.
    """
    situation = read_situation(session, customer, now=now)
    if on is When.PERIOD_END:
        end = situation.period_end
    else:
        end = situation.today if on is When.NOW else on
        if end < situation.today:
            raise ChangeError(f"{end} is gone: choose {situation.today} or a later day.")
    if situation.draft.end is not None and end > situation.draft.end:
        raise ChangeError(f"The schedule ends before {situation.draft.end} already.")
    when = on if isinstance(on, When) else None
    return _quote_end(session, situation, end, when=when, gives_back=gives_back)


def _quote_end(
    session: Session, situation: Situation, end: date, *, when: When | None, gives_back: bool
) -> ChangeQuote:
    start = situation.schedule.start_date
    if end <= start <= situation.today:
        raise ChangeError(f"It started on {in_words(start)}: choose the day after or a later one.")
    end = max(end, start)
    quoting = Quoting(session, situation)
    while quoting.is_taken(situation.draft.ended(end), end):
        end += timedelta(days=1)
    after = situation.draft.ended(end)
    return quoting.quote_of(after, end, when=when, gives_back=gives_back)


def quote_pause(session: Session, customer: Customer, *, until: date, now: datetime) -> ChangeQuote:
    """What it comes to that a schedule pauses from the period's end, and goes on on a day.

    Raises `ChangeError`.
    """
    situation = read_situation(session, customer, now=now)
    start = situation.period_end
    # A trial that is to come stays: what follows it pauses.
    start = trial_end(situation.draft, start) or start
    if until <= start:
        raise ChangeError(f"The period ends before {start}: choose a later day to go on.")
    if situation.draft.end is not None and until >= situation.draft.end:
        raise ChangeError(f"The schedule ends before {situation.draft.end}: choose an earlier day.")
    after = paused(situation.draft, situation.schedule.anchor_date, start, until)
    return Quoting(session, situation).quote_of(after, start, when=When.PERIOD_END)


def paused(draft: ScheduleDraft, anchor: date, start: date, until: date) -> ScheduleDraft:
    """A schedule without prices from one day up to another, on which it goes on as it was.

    Its discount, too, goes on, for the periods that it had left.
    """
    first, *later = (one for one in draft.phases if one.end is None or until < one.end)
    # What is agreed for a day in the pause may go on with the discount of its first day.
    running = draft.phase_on(start)
    goes_on = running.discount and first.discount and running.discount.code == first.discount.code
    counted = running if goes_on and _rhythm(running) is _rhythm(first) else first
    discount = discount_left(counted, anchor, max(start, counted.start))
    going_on = [replace(first, start=max(first.start, until), discount=discount), *later]
    pause = PhaseDraft(start=start, end=until, plan_id=draft.phase_on(start).plan_id)
    return replace(draft, phases=merged((*draft.before(start), pause, *going_on), anchor))


def _rhythm(phase: PhaseDraft) -> BillingFrequency | None:
    return main_place(phase).price.frequency if phase.places else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionQuote:
    """What subscribing again comes to: the schedule from a day on, its first bill, a digest."""

    schedule: BillingSchedule
    plan_name: str
    first_bill: FirstBill
    digest: str


class SubscriptionChangedError(ValueError):
    """What subscribing again comes to is not what was shown; `quote` is what it is now."""

    def __init__(self, quote: SubscriptionQuote) -> None:
        super().__init__("What subscribing comes to is not what was shown.")
        self.quote = quote


def quote_subscription(
    session: Session, customer: Customer, wanted: WantedPlan, *, now: datetime
) -> SubscriptionQuote:
    """What it comes to that a customer whose plan has ended subscribes again, from today on.

    At today's list prices, and without another trial. Raises `ChangeError` or `PromotionError`.
    """
    last = current_schedule(session, customer.id, now=now)
    if last is not None and (last.end_date is None or last.today(now) < last.end_date):
        raise ChangeError("There is a plan already: change that one.")
    if customer.verified_at is None:
        raise ChangeError("Verify your e-mail address first.")
    seller = read_seller(session)
    today = seller.merchant.today(now)
    plan, new = terms_of_plan(session, wanted, _NO_PLACES, None, today=today)
    if wanted.code:
        check_unused(session, wanted.code, customer)
    prices: Mapping[Price, Decimal | None] = dict(new.prices)
    schedule = new_schedule(
        customer=customer,
        prices=prices,
        start=today,
        purchase_order=last.purchase_order if last else None,
        terms=AgreedTerms(minimum=new.minimum, discount=new.discount),
        plan_id=plan.id,
        merchant=seller.merchant,
        now=now,
    )
    schedule.customer_id = customer.id
    bill = first_bill_of_schedule(seller, schedule, customer)
    content = {
        "customer": customer.id,
        "after": last.id if last else None,
        "on": str(today),
        "prices": {price.id: str(quantity) for price, quantity in new.prices},
        "terms": repr((new.minimum, new.discount)),
        "bill": [(str(line.net), str(line.tax_rate)) for line in bill.bill.every_line],
    }
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return SubscriptionQuote(schedule=schedule, plan_name=plan.name, first_bill=bill, digest=digest)


def subscribe_again(
    session: Session,
    customer_id: str,
    wanted: WantedPlan,
    *,
    shown: str,
    now: datetime,
) -> BillingSchedule:
    """Subscribe a customer again as it was quoted; `shown` is that quote's digest.

    Raises `SubscriptionChangedError`, and what `quote_subscription` does.
    """
    customer = lock_customer(session, customer_id)
    quote = quote_subscription(session, customer, wanted, now=now)
    if quote.digest != shown:
        raise SubscriptionChangedError(quote)
    if wanted.code:
        if not claim_once(session, f"code:{wanted.code}", customer):
            raise PromotionError(f"Your company has used promotion code {wanted.code} already")
        redeem(session, wanted.code)
    return create_schedule(session, quote.schedule)
