"""A schedule's phases as values: read, changed, looked at and written.

Days are the schedule's own zone's; an end date is the first day no longer covered, none is open.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.catalog import Price
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import AgreedDiscount, BillingType, PriceTerms, fixed_amount, period_of
from pricingsite.pricing.periods import Period
from pricingsite.services.schedules.reading import agreed_discount_of


@dataclass(frozen=True, slots=True)
class PricePlace:
    """A price's place in a phase; see `PhasePrice`."""

    price: Price
    quantity: Decimal | None = None
    anchor: date | None = None
    charged_until: date | None = None
    charged_quantity: Decimal | None = None

    @property
    def terms(self) -> PriceTerms:
        """The price as pricing sees it, at the quantity that is bought."""
        terms = self.price.terms
        return terms if self.quantity is None else replace(terms, quantity=self.quantity)

    @property
    def measure(self) -> tuple[Decimal, Decimal]:
        """What less of a price is told by: what it costs, then how many are bought."""
        return fixed_amount(self.terms), self.terms.quantity

    @property
    def is_in_advance(self) -> bool:
        """Whether it is charged in advance."""
        return self.price.type is BillingType.IN_ADVANCE

    def period_of(self, anchor: date, day: date) -> Period:
        """The full period of it that a day lies in, in a schedule with an anchor."""
        return period_of(self.anchor or anchor, self.price.frequency, day)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDraft:
    """A phase; see `Phase`."""

    start: date
    end: date | None = None
    trial: bool = False
    plan_id: str | None = None
    places: tuple[PricePlace, ...] = ()
    minimum: Decimal | None = None
    discount: AgreedDiscount | None = None

    def covers(self, day: date) -> bool:
        """Whether a day is one of its own."""
        return self.start <= day and (self.end is None or day < self.end)

    def is_of(self, plan_id: str | None) -> bool:
        """Whether it has prices of a plan; a pause and a deal have none."""
        return bool(self.places) and self.plan_id is not None and self.plan_id == plan_id

    @property
    def open(self) -> "PhaseDraft":
        """It without an end, and without what was charged up to that."""
        places = tuple(replace(place, charged_until=None) for place in self.places)
        return replace(self, end=None, places=places)

    def place_of(self, price_id: str) -> PricePlace | None:
        """The place of a price in it."""
        return next((one for one in self.places if one.price.id == price_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDraft:
    """A schedule's phases and its end, as they are or as they are to be."""

    phases: tuple[PhaseDraft, ...]
    end: date | None

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its discounts."""
        return frozenset(phase.discount.code for phase in self.phases if phase.discount)

    @property
    def currency(self) -> str | None:
        """The currency that it is billed in, which the last prices have; None without any."""
        prices = (place.price for phase in self.phases[::-1] for place in phase.places)
        return next((price.currency for price in prices), None)

    def phase_on(self, day: date) -> PhaseDraft:
        """The phase of a day; the last before its end, the first before its start."""
        covering = (phase for phase in self.phases if phase.covers(day))
        return next(covering, self.phases[0 if day < self.phases[0].start else -1])

    def going_on(self, day: date) -> PhaseDraft:
        """The phase of a day; in a pause the one after it, if that goes on with the same plan."""
        phase = self.phase_on(day)
        following = next((one for one in self.phases if one.start == phase.end), phase)
        same_plan = following.plan_id == phase.plan_id
        return following if same_plan and not phase.places else phase

    def before(self, day: date) -> tuple[PhaseDraft, ...]:
        """The phases up to a day, the last of them cut there."""
        return tuple(
            phase if phase.end is not None and phase.end <= day else replace(phase.open, end=day)
            for phase in self.phases
            if phase.start < day
        )

    def ended(self, day: date) -> "ScheduleDraft":
        """The schedule as it is where it ends on a day: what was to come later ends no price."""
        phases = tuple(
            phase
            if phase.end is not None and phase.end <= day
            else replace(phase.open, end=phase.end)
            for phase in self.phases
        )
        return replace(self, phases=phases, end=day)

    def since(self, day: date) -> tuple[PhaseDraft, ...]:
        """The phases from a day on, the first of them cut there."""
        return tuple(
            replace(phase, start=max(phase.start, day))
            for phase in self.phases
            if phase.end is None or phase.end > day
        )


def draft_of(schedule: BillingSchedule) -> ScheduleDraft:
    """A schedule as it is."""
    phases = tuple(
        PhaseDraft(
            start=phase.start_date,
            end=phase.end_date,
            trial=phase.trial,
            plan_id=phase.plan_id,
            places=tuple(
                PricePlace(
                    one.price,
                    one.quantity,
                    one.anchor_date,
                    one.charged_until,
                    one.charged_quantity,
                )
                for one in phase.phase_prices
            ),
            minimum=phase.minimum,
            discount=agreed_discount_of(phase),
        )
        for phase in schedule.phases
    )
    return ScheduleDraft(phases=phases, end=schedule.end_date)


def with_following(
    draft: ScheduleDraft, following: BillingSchedule | None
) -> tuple[ScheduleDraft, ...]:
    """A draft, and that of the schedule that follows it, if one does."""
    return (draft, draft_of(following)) if following else (draft,)


def as_drafted(schedule: BillingSchedule, draft: ScheduleDraft) -> BillingSchedule:
    """A schedule as a draft has it, of which nothing is stored: it is made to be priced."""
    columns = ("id", "customer_id", "timezone", "start_date", "anchor_date")
    kept = {name: getattr(schedule, name) for name in columns}
    kept["currency"] = draft.currency or schedule.currency
    kept["trial_confirmed_at"] = schedule.trial_confirmed_at
    return BillingSchedule(
        **kept, end_date=draft.end, phases=[_phase(phase) for phase in draft.phases]
    )


def write_draft(session: Session, schedule: BillingSchedule, draft: ScheduleDraft) -> None:
    """Let a schedule, whose customer is locked, be as a draft has it."""
    ids = [phase.id for phase in schedule.phases]
    session.execute(delete(PhasePrice).where(PhasePrice.phase_id.in_(ids)))
    session.execute(delete(Phase).where(Phase.id.in_(ids)))
    session.expire(schedule, ["phases"])
    for phase in draft.phases:
        row = _phase(phase)
        row.schedule_id = schedule.id
        session.add(row)
    schedule.end_date = draft.end
    schedule.currency = draft.currency or schedule.currency
    session.flush()
    session.expire(schedule, ["phases"])


def _phase(phase: PhaseDraft) -> Phase:
    discount = asdict(phase.discount) if phase.discount else {}
    row = Phase(
        start_date=phase.start,
        end_date=phase.end,
        trial=phase.trial,
        plan_id=phase.plan_id,
        minimum=phase.minimum,
        **{f"discount_{name}": value for name, value in discount.items()},
    )
    row.phase_prices = [_phase_price(place, n) for n, place in enumerate(phase.places)]
    return row


def _phase_price(place: PricePlace, position: int) -> PhasePrice:
    row = PhasePrice(
        price_id=place.price.id,
        position=position,
        quantity=place.quantity,
        anchor_date=place.anchor,
        charged_until=place.charged_until,
        charged_quantity=place.charged_quantity,
    )
    set_committed_value(row, "price", place.price)
    return row


def is_replaced(old: PricePlace, places: Sequence[PricePlace]) -> bool:
    """Whether another price of its product takes a price's place."""
    return any(
        new.price.product_id == old.price.product_id
        and bool(new.price.metric_id) == bool(old.price.metric_id)
        for new in places
    )


def places_of(prices: Sequence[tuple[Price, Decimal | None]]) -> tuple[PricePlace, ...]:
    """Prices, each with how many are bought, as places of a phase."""
    return tuple(PricePlace(price, quantity) for price, quantity in prices)
