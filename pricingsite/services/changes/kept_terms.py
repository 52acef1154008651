"""What goes on with a change of what a customer has: codes, minimums and what was agreed for later.

Days are the schedule's own zone's.
"""

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan
from pricingsite.models.promotions import Promotion
from pricingsite.pricing import AgreedDiscount
from pricingsite.services.changes.agreed_later import Agreed, agreed_moves
from pricingsite.services.changes.arranging import NewTerms, placed
from pricingsite.services.changes.drafts import PhaseDraft
from pricingsite.services.changes.situation import Situation
from pricingsite.services.changes.timing import discount_left, main_place
from pricingsite.services.changes.waiting import agreed_steps


def with_kept_terms(
    session: Session, situation: Situation, plan: Plan, new: NewTerms, day: date
) -> NewTerms:
    """New terms with the code that goes on, and within a plan with what was agreed besides.

    In another currency no amount that was agreed goes on.
    """
    paid = (one for one in situation.draft.phases if not one.trial)
    first = next(one for one in paid if one.end is None or day < one.end)
    phase = situation.draft.going_on(max(day, first.start))
    in_other_money = new.currency != situation.currency
    if in_other_money:
        new = replace(new, keeps_more=False)
    if new.keeps_more:
        moves = agreed_moves(situation.draft, situation.first_day)
        agreed: tuple[Agreed, ...] = (*moves, *agreed_steps(session, situation, day))
        # What was to follow a pause begins with the change.
        going_on = situation.draft.going_on(day)
        later = tuple(p for p in situation.draft.phases if p.start > day and p != going_on)
        new = replace(new, minimum=phase.minimum, agreed=agreed, later=later)
    discount, anchor = phase.discount, situation.schedule.anchor_date
    if new.discount or discount is None or (in_other_money and discount.amount):
        return new
    if _is_for(session, discount, plan):
        places = placed(situation.draft.phase_on(day), anchor, new, day)
        counts = day > phase.start or not situation.phase.trial  # In a trial nothing has begun.
        main = main_place(PhaseDraft(start=day, places=places)) if counts else None
        new = replace(new, discount=discount_left(phase, anchor, day, new=main))
    return new


def _is_for(session: Session, discount: AgreedDiscount, plan: Plan) -> bool:
    """Whether a discount is for a plan: what is agreed is for all."""
    promotion = session.get(Promotion, discount.code)
    return promotion is None or not promotion.plans or plan.id in promotion.plans
