"""Another currency: a schedule ends with its period, and another one follows it that day.

A schedule that is billed keeps its currency for good, as invoices do. Aliases, usage and invoices
are the customer's and stay, and what was charged once is not charged again; codes and what else was
agreed end with their schedule. Days are the schedule's own zone's.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import BillingFrequency, period_of
from pricingsite.services.changes.arranging import NewTerms
from pricingsite.services.changes.digests import digest_with
from pricingsite.services.changes.drafts import as_drafted, draft_of
from pricingsite.services.changes.quoting import ChangeQuote, Quoting
from pricingsite.services.changes.situation import Situation
from pricingsite.services.changes.timing import When, main_place
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.services.messages.webhooks import EventType, record_each
from pricingsite.services.schedules.creating import AgreedTerms, new_schedule
from pricingsite.services.schedules.reading import spans_of
from pricingsite.wording.days import day as in_words


def quote_following(session: Session, situation: Situation, new: NewTerms) -> ChangeQuote:
    """The quote of terms in another currency, which begin when the period ends.

    Its bills are those of both schedules. Raises `ChangeError` or `ScheduleError`.
    """
    _check_end(situation, new.currency)
    on = situation.period_end
    ending = Quoting(session, situation).quote_of(
        replace(situation.draft, end=on), on, when=When.PERIOD_END
    )
    following = _following(situation, new, on)
    begun = replace(situation, schedule=following, draft=draft_of(following), pending=None)
    return replace(
        ending,
        bills=(*ending.bills, *Quoting(session, begun).first_bills()),
        digest=digest_with(ending.digest, following),
        following=following,
    )


def is_to_follow(situation: Situation, new: NewTerms) -> bool:
    """Whether terms are those of another schedule: in another currency than is billed already."""
    return new.currency != situation.currency and not situation.is_unbilled


def _check_end(situation: Situation, currency: str) -> None:
    """Refuse another currency after an end that is agreed, if that comes with the period's."""
    end = situation.draft.end
    if end is not None and end <= situation.period_end:
        last = in_words(end - timedelta(days=1))
        raise ChangeError(
            f"The plan ends on {last} by itself. Subscribe again in {currency} when it has ended."
        )


def _following(situation: Situation, new: NewTerms, on: date) -> BillingSchedule:
    """The schedule that begins on a day; it is not stored yet."""
    schedule, customer = situation.schedule, situation.customer
    found = new_schedule(
        customer=customer,
        prices=dict(new.prices),
        start=on,
        anchor=_anchor(situation, new, on),
        end=situation.draft.end,
        purchase_order=schedule.purchase_order,
        terms=AgreedTerms(minimum=new.minimum, discount=new.discount),
        plan_id=new.plan_id,
        merchant=situation.seller.merchant,
        now=situation.now,
    )
    found.customer_id = customer.id
    # The last day of the one and the first of the other meet in one zone.
    found.timezone = schedule.timezone
    _leave_charged(situation, found)
    return found


def _leave_charged(situation: Situation, following: BillingSchedule) -> None:
    """Let a schedule not charge what the one before it has charged once: the same by product."""
    on = following.start_date
    ending = as_drafted(situation.schedule, situation.draft.ended(on))
    held = {one.price_id: one for phase in ending.phases for one in phase.phase_prices}
    charged = {}
    for span in spans_of(ending):
        if span.end == on and span.price.billing_frequency is BillingFrequency.ONE_TIME:
            one = held[span.price.id]
            many = max(span.price.quantity, one.charged_quantity or span.price.quantity)
            charged[one.price.product_id, one.price.per] = many
    for one in following.phases[0].phase_prices:
        if one.price.frequency is BillingFrequency.ONE_TIME:
            one.charged_quantity = charged.get((one.price.product_id, one.price.per))


def _anchor(situation: Situation, new: NewTerms, on: date) -> date:
    """The anchor that there was, if periods of all prices begin with the schedule by it."""
    if not situation.phase.places:
        return on
    anchor = main_place(situation.phase).anchor or situation.schedule.anchor_date
    recurring = {price.frequency for price, _ in new.prices} - {BillingFrequency.ONE_TIME}
    fits = all(period_of(anchor, frequency, on).start == on for frequency in recurring)
    return anchor if fits else on


def withdraw(session: Session, following: BillingSchedule, *, now: datetime) -> None:
    """Take back a schedule that was to follow another one, before it begins."""
    following.withdrawn_at, following.next_invoice_on = now, None
    session.flush()
    ended = {EventType.SCHEDULE_ENDED: following.id}
    record_each(session, ended, customer_id=following.customer_id, now=now)
