"""Making a billing schedule.

Days are the schedule's own zone's; an end date is the first day no longer covered. What bills
depend on, the currency and the zone, is written into the schedule when it is made.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.catalog import Price
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import (
    AgreedDiscount,
    BillingFrequency,
    PricingError,
    Trial,
    decimals_of,
    plain,
)
from pricingsite.pricing.bill_terms import main_price
from pricingsite.pricing.money import places_of
from pricingsite.pricing.periods import FIRST_DAY, LAST_DAY
from pricingsite.services.messages.webhooks import EventType, record_each
from pricingsite.services.schedules.midnights import hold_midnights, told_until


class ScheduleError(ValueError):
    """A schedule that cannot be made; the message says why and names the prices.

    `path` is where that was said, such as `phases[1].start_date`, where there is more than one.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTerms:
    """What is agreed besides prices: a trial first, what a period costs at least, a discount."""

    trial: Trial | None = None
    minimum: Decimal | None = None
    discount: AgreedDiscount | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The terms as a phase has them."""
        discount = asdict(self.discount) if self.discount else {}
        return {
            "minimum": self.minimum,
            **{f"discount_{name}": value for name, value in discount.items()},
        }


def new_schedule(
    *,
    customer: Customer,
    prices: Sequence[Price] | Mapping[Price, Decimal | None],
    start: date,
    anchor: date | None = None,
    end: date | None = None,
    purchase_order: str | None = None,
    terms: AgreedTerms | None = None,
    plan_id: str | None = None,
    merchant: Merchant,
    now: datetime,
) -> BillingSchedule:
    """A schedule of one phase from `start` on, whose periods count from `anchor`, else its start.

    A trial is a phase before that one, and the periods count from its end. Prices may come with how
    many of each are bought: their least, where none is said. It is not stored yet.

    Raises `ScheduleError` for prices that cannot be billed together, terms that do not suit them, a
    start that no bill could be made for, or an end before the start.
    """
    check_start(start)
    bought = list(checked_prices(prices).items())
    if end is not None and end <= start:
        raise ScheduleError("A schedule ends after the day it starts on.")
    currency = check_terms(terms := terms or AgreedTerms(), list(prices))
    phases, paid_from = [], start
    if terms.trial:
        paid_from = start + timedelta(days=terms.trial.days)
        phases = [phase_of(bought, start_date=start, end_date=paid_from, trial=True)]
    paid = phase_of(bought, start_date=paid_from, end_date=end, trial=False, **terms.columns)
    phases.append(paid)
    for phase in phases:
        phase.plan_id = plan_id
    return BillingSchedule(
        customer=customer,
        currency=currency,
        timezone=merchant.timezone,
        start_date=start,
        # Nothing follows a trial until it is confirmed.
        end_date=paid_from if terms.trial and not terms.trial.continues else end,
        anchor_date=anchor or paid_from,
        purchase_order=purchase_order,
        created_at=now,
        # What is charged in advance falls due at once.
        next_invoice_on=start,
        phases=phases,
    )


def check_start(day: date) -> None:
    """Refuse a first day that no bill could be made for. Raises `ScheduleError`."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ScheduleError(
            f"A schedule starts on a day from {FIRST_DAY} to {LAST_DAY}, found {day.isoformat()}."
        )


def checked_prices(
    prices: Sequence[Price] | Mapping[Price, Decimal | None], kept: Collection[Price] = ()
) -> Mapping[Price, Decimal | None]:
    """Prices that can be billed together, each with how many are bought.

    Archived ones are refused, but for those that are `kept`. Raises `ScheduleError`.
    """
    _check_prices(list(prices), kept)
    quantities = prices if isinstance(prices, Mapping) else dict.fromkeys(prices)
    return {price: _quantity(price, wanted) for price, wanted in quantities.items()}


def phase_of(bought: Iterable[tuple[Price, Decimal | None]], **columns: Any) -> Phase:
    """A new phase of prices that have been checked, each with how many are bought."""
    phase = Phase(**columns)
    phase.phase_prices = [
        _phase_price(price, position=n, quantity=quantity)
        for n, (price, quantity) in enumerate(bought)
    ]
    return phase


def _quantity(price: Price, wanted: Decimal | None) -> Decimal | None:
    """How many of a price are bought. Raises `ScheduleError` where none can be, or not so many."""
    if price.per is None:
        if wanted not in {None, Decimal(1)}:
            raise ScheduleError(f"Price {price.id} is not bought by quantity: leave it out.")
        return None
    terms = price.terms
    try:
        return terms.at(terms.quantity if wanted is None else wanted).quantity
    except PricingError:
        least, most = terms.minimum_quantity, terms.maximum_quantity
        bounds = f"{plain(least)} or more" if most is None else f"{plain(least)} to {plain(most)}"
        raise ScheduleError(
            f"Price {price.id} is sold at a quantity of {bounds}, not {wanted}."
        ) from None


def _phase_price(price: Price, position: int, quantity: Decimal | None) -> PhasePrice:
    phase_price = PhasePrice(price_id=price.id, position=position, quantity=quantity)
    # Known, but nothing to store: the transaction that stores it need not read the price again.
    set_committed_value(phase_price, "price", price)
    return phase_price


def create_schedule(session: Session, schedule: BillingSchedule) -> BillingSchedule:
    """Store a new schedule, and its customer where that is new too."""
    customer, now = schedule.customer, schedule.created_at
    is_known = inspect(customer).persistent
    session.add(schedule)
    session.flush()
    created = {} if is_known else {EventType.CUSTOMER_CREATED: customer.id}
    created[EventType.SCHEDULE_CREATED] = schedule.id
    hold_midnights(session)
    today = told_until(session, today=schedule.today(now))
    if schedule.end_date is not None and schedule.end_date <= today:
        created[EventType.SCHEDULE_ENDED] = schedule.id
    elif schedule.start_date <= today:
        created[EventType.ENTITLEMENTS_CHANGED] = customer.id
    record_each(session, created, customer_id=customer.id, now=now)
    return schedule


def _check_prices(prices: Sequence[Price], kept: Collection[Price]) -> None:
    """Refuse prices that cannot be billed together."""
    if not prices:
        raise ScheduleError("A schedule needs at least one price.")
    for price in prices:
        if price.archived_at is not None and price not in kept:
            raise ScheduleError(f"Price {price.id} is archived: it is closed to new schedules.")
    for one, other in combinations(prices, 2):
        if clash := _clash(one, other):
            raise ScheduleError(clash)


def check_terms(terms: AgreedTerms, prices: Sequence[Price]) -> str:
    """Refuse amounts that the prices' currency has no coins for, and periods of what has none.

    The currency. Raises `ScheduleError`.
    """
    discount, currency = terms.discount, prices[0].currency
    for amount in (terms.minimum, discount.amount if discount else None):
        if amount is not None and places_of(amount) > (most := decimals_of(currency)):
            raise ScheduleError(
                f"An amount in {currency} has at most {most} decimals, found {plain(amount)}."
            )
    main = main_price([price.terms for price in prices])
    if main.billing_frequency is not BillingFrequency.ONE_TIME:
        return currency
    if terms.minimum is not None or (discount and discount.periods):
        raise ScheduleError(
            f"Price {main.id} is billed once: no minimum and no number of periods goes with it."
        )
    return currency


def _clash(one: Price, other: Price) -> str | None:
    """Why two prices cannot stand in one phase."""
    pair = f"{one.id} and {other.id}"
    if one.currency != other.currency:
        return f"Prices {pair} are in {one.currency} and {other.currency}: choose one currency."
    if one.id == other.id:
        return f"Price {one.id} is named twice."
    # A list price and its variants are the same thing at different prices: both would charge twice.
    if _kind_of(one) & _kind_of(other):
        return f"Prices {pair} are two prices of the same thing: keep one."
    if one.metric_id and other.metric_id and one.product_id == other.product_id:
        return f"Prices {pair} both charge for the usage of {one.product.name}: keep one."
    return None


def _kind_of(price: Price) -> set[str]:
    """The list price that a price is or stands for, and the one that it replaces."""
    return {price.variant_of or price.id, *([price.replaces] if price.replaces else [])}
