"""The dates on which a change may take effect, by what it is: up, down, or neither.

An upgrade starts now or at the period's end; everything else at the period's end. What is in
another currency is another schedule from then on, unless nothing of this one is billed yet.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan
from pricingsite.models.customers import Customer
from pricingsite.services.changes.arranging import NewTerms, first_end
from pricingsite.services.changes.drafts import PricePlace
from pricingsite.services.changes.following import is_to_follow, quote_following
from pricingsite.services.changes.kept_terms import with_kept_terms
from pricingsite.services.changes.made_already import is_made_already
from pricingsite.services.changes.quoting import ChangeQuote, Quoting
from pricingsite.services.changes.situation import Situation, read_situation
from pricingsite.services.changes.timing import (
    When,
    boundary_of,
    replaced_usage,
)
from pricingsite.services.changes.waiting import quote_kept
from pricingsite.services.changes.wanted import (
    ChangeError,
    NothingChangesError,
    UnbilledChangeError,
    Wanted,
    WantedPlan,
    check_unused,
    is_up,
    terms_of_plan,
    terms_of_prices,
    with_agreed,
)
from pricingsite.services.schedules.creating import AgreedTerms
from pricingsite.wording.days import day as in_words

# With fewer days of the period left, what is cheaper is preselected.
_FEW_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeChoices:
    """The quotes of a change: one for each date on which it may take effect.

    `plan` is what is wanted, None for agreed prices. `now` is None where it has to wait: for the
    period's end, or for the bill that `waits` names. Where the schedule ends with the period, or
    what is to change then waits for a bill, there is `now` alone, and `period_end` is the same.
    """

    situation: Situation
    plan: Plan | None
    new: NewTerms
    is_up: bool
    now: ChangeQuote | None
    period_end: ChangeQuote
    waits: UnbilledChangeError | None = None

    @property
    def preselected(self) -> When:
        """The date to offer first: now, or the cheaper one of the two shortly before the end."""
        if self.now is None:
            return When.PERIOD_END
        if self.period_end is self.now:
            return When.NOW
        days_left = (self.period_end.on - self.situation.today).days
        return When.PERIOD_END if self.by_default_at_end or days_left < _FEW_DAYS else When.NOW

    @property
    def by_date(self) -> tuple[tuple[When, ChangeQuote | None], ...]:
        """Both dates with their quotes."""
        later = None if self.period_end is self.now else self.period_end
        return ((When.NOW, self.now), (When.PERIOD_END, later))

    @property
    def by_default_at_end(self) -> bool:
        """Whether it begins another rhythm, which is best begun with a period."""
        old, new = self.situation.phase, self.new
        fixed = {p.frequency for p, _ in new.prices if p.metric_id is None}
        return bool(fixed) and not fixed & {
            one.price.frequency for one in old.places if one.price.metric_id is None
        }

    def quote(self, when: When) -> ChangeQuote:
        """The quote of a date. Raises `ChangeError` where it has to wait."""
        if when is When.PERIOD_END:
            if self.period_end is self.now:
                raise self.waits or _ends_first(self.situation)
            return self.period_end
        if self.now is None:
            raise self.waits or ChangeError(
                "This change takes effect when the period ends: what is paid for stays usable."
            )
        return self.now


def change_choices(
    session: Session, customer: Customer, wanted: WantedPlan, *, now: datetime
) -> ChangeChoices:
    """What a customer may choose between for a plan. Raises `ChangeError` or `PromotionError`."""
    situation = read_situation(session, customer, by_customer=True, now=now)
    plan, new = terms_of_plan(
        session,
        wanted,
        situation.phase,
        situation.plan,
        codes=situation.draft.codes,
        today=situation.today,
    )
    if wanted.code and wanted.code not in situation.pending_codes:
        check_unused(session, wanted.code, customer)
    if is_to_follow(situation, new):
        following = quote_following(session, situation, new)
        return ChangeChoices(
            situation=situation, plan=plan, new=new, is_up=False, now=None, period_end=following
        )
    up = is_up(situation.phase, situation.plan, plan, new)
    if up is None and new.discount is None:
        kept = quote_kept(session, situation, by_customer=True)
        if kept is None or is_made_already(kept):
            raise NothingChangesError("This is what you have already. Choose something else.")
        return ChangeChoices(
            situation=situation, plan=plan, new=new, is_up=False, now=None, period_end=kept
        )
    return _by_date(session, situation, plan, new, up=up)


def _by_date(
    session: Session, situation: Situation, plan: Plan, new: NewTerms, *, up: bool | None
) -> ChangeChoices:
    """The choices of what is another plan, more or less: now, at the period's end, or both."""
    quoting = Quoting(session, situation)
    end = max(_end_of(situation, new), situation.first_day)
    upcoming = situation.schedule.start_date > situation.today

    def terms_on(day: date) -> NewTerms:
        return with_kept_terms(session, situation, plan, new, day)

    at_end, at_once, waits = None, None, None
    try:
        if not _has_ended_by(situation, end):
            at_end = quoting.quote(terms_on(end), end, when=When.PERIOD_END)
    except UnbilledChangeError as error:
        waits = error
    # A code alone begins with a period: of the one that is running nothing would be taken off.
    if up or upcoming or situation.phase.trial:
        first = quoting.first_free_day(terms_on, situation.first_day)
        try:
            at_once = quoting.quote(terms_on(first), first, when=When.NOW) if first < end else None
        except UnbilledChangeError as error:
            waits = error
    period_end = at_end or at_once
    if period_end is None:
        raise waits or _ends_first(situation)
    return ChangeChoices(
        situation=situation,
        plan=plan,
        new=new,
        is_up=bool(up),
        now=at_once,
        period_end=period_end,
        waits=waits,
    )


def _has_ended_by(situation: Situation, day: date) -> bool:
    """Whether the schedule ends up to a day; a trial may be kept, and goes on then."""
    end = situation.draft.end
    return end is not None and end <= day and not situation.phase.trial


def _ends_first(situation: Situation) -> ChangeError:
    assert situation.draft.end is not None  # noqa: S101 - it is of a schedule that ends
    last_day = in_words(situation.draft.end - timedelta(days=1))
    return ChangeError(f"Your plan ends: {last_day} is its last day. Nothing can begin after it.")


def quote_agreed(
    session: Session, customer: Customer, wanted: Wanted, *, on: date | When, now: datetime
) -> ChangeQuote:
    """The quote of what the merchant has agreed with a customer, from a day on.

    Raises `ChangeError`, `PromotionError` or `ScheduleError`.
    """
    situation = read_situation(session, customer, now=now)
    quoting, plan = Quoting(session, situation), None
    if isinstance(wanted, WantedPlan):
        plan, new = terms_of_plan(
            session,
            wanted,
            situation.phase,
            situation.plan,
            codes=situation.draft.codes,
            today=situation.today,
        )
    else:
        new = terms_of_prices(wanted, situation.phase)
    kept = _quote_kept(session, situation, wanted, plan, new, on)
    if kept is not None:
        return kept
    if is_to_follow(situation, new):
        return _quote_following(session, situation, _with_terms(new, wanted), on)

    def terms_on(day: date) -> NewTerms:
        kept = with_kept_terms(session, situation, plan, new, day) if plan else new
        return _with_terms(kept, wanted)

    day = _day(situation, new, on)
    if on is not When.PERIOD_END:
        day = quoting.first_free_day(terms_on, day)
    return quoting.quote(terms_on(day), day, when=on if isinstance(on, When) else None)


def _quote_kept(
    session: Session,
    situation: Situation,
    wanted: Wanted,
    plan: Plan | None,
    new: NewTerms,
    on: date | When,
) -> ChangeQuote | None:
    """The quote of keeping what there is, where a plan is named as it is and less would wait."""
    if not isinstance(wanted, WantedPlan) or isinstance(on, date):
        return None
    brings = new.discount is not None or wanted.terms not in {None, AgreedTerms()}
    if brings or is_up(situation.phase, situation.plan, plan, new) is not None:
        return None
    return quote_kept(session, situation, by_customer=False)


def _with_terms(new: NewTerms, wanted: Wanted) -> NewTerms:
    """New terms with what the merchant agrees besides a plan."""
    agreed = wanted.terms if isinstance(wanted, WantedPlan) else None
    return with_agreed(new, agreed) if agreed else new


def _quote_following(
    session: Session, situation: Situation, new: NewTerms, on: date | When
) -> ChangeQuote:
    """The quote of terms in another currency, if the day that is meant is that of its start."""
    quoted = quote_following(session, situation, new)
    if on not in {When.PERIOD_END, quoted.on}:
        raise ChangeError(f"Another currency begins when the period ends: choose {quoted.on}.")
    return quoted


def _day(situation: Situation, new: NewTerms, on: date | When) -> date:
    """The day that is meant, if it may be that."""
    if on is When.NOW:
        return situation.first_day
    if on is When.PERIOD_END:
        day = _end_of(situation, new)
        if _has_ended_by(situation, day):
            check_day(situation, day)
        return day
    check_day(situation, on)
    if new.currency != situation.currency and on > situation.period_end:
        raise ChangeError(
            f"Nothing is billed yet: another currency begins on {situation.period_end} at the "
            "latest."
        )
    _check_boundary(situation, new, on)
    return on


def _end_of(situation: Situation, new: NewTerms) -> date:
    """The day of a change at the period's end: of less alone, the end of its own period."""
    day, anchor = situation.first_day, situation.schedule.anchor_date
    if situation.schedule.start_date > situation.today:
        return situation.period_end
    return first_end(situation.draft, anchor, new, day) or situation.period_end


def check_day(situation: Situation, on: date) -> None:
    """Refuse a day that is gone, or that the schedule does not cover."""
    if on < situation.first_day:
        raise ChangeError(f"{on} is gone: choose {situation.first_day} or a later day.")
    end = situation.draft.end
    if end is not None and on >= end:
        raise ChangeError(f"The schedule ends before {end}: choose an earlier day.")


def _check_boundary(situation: Situation, new: NewTerms, on: date) -> None:
    """Refuse a day to come on which a usage price would be replaced inside its period."""
    if on == situation.first_day:
        return
    phase, anchor = situation.draft.phase_on(on), situation.schedule.anchor_date
    named = tuple(PricePlace(price, quantity) for price, quantity in new.prices)
    for old, price in replaced_usage(phase, named).values():
        if (day := boundary_of(old, anchor, on)) != on:
            raise ChangeError(
                f"{price.price.id} replaces {old.price.id}, whose period ends on "
                f"{day - timedelta(days=1)}: choose {day}."
            )
