"""A life's prices and schedule, stored as a catalog and an order would store them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session
from support.factories import APPLIED_AT
from support.jobs import metrics
from support.lives import Life, Sold, Stretch

from pricingsite.models.catalog import Price, Product
from pricingsite.models.customers import Customer
from pricingsite.models.merchant import Merchant, VatRateRow
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import AgreedDiscount, BillingFrequency, Trial, main_price
from pricingsite.services.customers.details import CustomerDetails, create_customer
from pricingsite.services.schedules.creating import AgreedTerms, create_schedule, new_schedule


def agree(session: Session, life: Life, now: datetime) -> tuple[Customer, BillingSchedule]:
    """The customer of a life and what it agreed."""
    merchant = session.get_one(Merchant, 1)
    merchant.timezone, merchant.country = life.zone, life.country
    if life.vat_changes_after is not None:
        changes_on = life.start + timedelta(days=life.vat_changes_after)
        session.add(VatRateRow(valid_from=changes_on, rate=Decimal("0.175")))
    details = CustomerDetails(
        legal_name="Ashdown GmbH",
        billing_email="ada@ashdown.example",
        country="DE" if life.verified_at else life.country,
        tax_id="DE136695976" if life.verified_at else None,
    )
    customer = create_customer(session, details, now=now)
    session.add_all(metrics())
    session.flush()
    prices = [_price(n, one, life.currency) for n, one in enumerate(life.sold)]
    session.add_all(prices)
    session.flush()
    schedule = create_schedule(session, _schedule(life, prices, customer, merchant, now))
    session.expire(schedule)
    return customer, schedule


def _price(place: int, sold: Sold, currency: str) -> Price:
    used, bought = sold.aggregation, sold.bought
    return Price(
        id=f"P{place}",
        # A product has one usage price at a time.
        product=Product(id=f"product-{place}", position=place, name=f"Product {place}"),
        position=place,
        name=f"Price {place}",
        list_price=True,
        currency=currency,
        structure=sold.structure,
        billing_frequency=sold.frequency.value,
        billing_type="in_advance" if sold.in_advance else "in_arrears",
        metric_id=f"jobs_{used}" if used else None,
        prorate_flat_fees=sold.prorates,
        per="seat" if bought else None,
        applied_at=APPLIED_AT,
    )


def _schedule(
    life: Life, prices: list[Price], customer: Customer, merchant: Merchant, now: datetime
) -> BillingSchedule:
    first, *others = life.stretches
    end = life.start + timedelta(days=(life.trial_days or 0) + life.days) if life.ends else None
    terms = _terms(first, prices)
    schedule = new_schedule(
        customer=customer,
        prices={prices[place]: _bought(prices[place], n) for place, n in first.prices.items()},
        start=life.start,
        end=end,
        anchor=_anchor(life),
        terms=AgreedTerms(
            trial=Trial(life.trial_days, continues=True) if life.trial_days else None, **terms
        ),
        merchant=merchant,
        now=now,
    )
    for stretch in others:
        start = life.start + timedelta(days=(life.trial_days or 0) + stretch.after)
        if end is None or start < end:
            schedule.phases[-1].end_date = start
            schedule.phases.append(_phase(stretch, prices, start, end))
    return schedule


def _anchor(life: Life) -> date | None:
    if life.anchor_days is None or life.trial_days:
        return None
    return life.start + timedelta(days=life.anchor_days)


def _phase(stretch: Stretch, prices: list[Price], start: date, end: date | None) -> Phase:
    terms = AgreedTerms(**_terms(stretch, prices))
    phase = Phase(start_date=start, end_date=end, **terms.columns)
    phase.phase_prices = [
        PhasePrice(
            price=prices[place],
            position=position,
            quantity=_bought(prices[place], n),
            anchor_date=start if stretch.own_anchor and prices[place].frequency.months else None,
        )
        for position, (place, n) in enumerate(stretch.prices.items())
    ]
    return phase


def _bought(price: Price, quantity: int) -> Decimal | None:
    return Decimal(quantity) if price.per else None


def _terms(stretch: Stretch, prices: list[Price]) -> dict[str, Any]:
    """What a phase agrees, as far as its prices can bear it."""
    return dict(_bearable(stretch, [prices[place] for place in stretch.prices]))


def _bearable(stretch: Stretch, prices: list[Price]) -> Iterator[tuple[str, Any]]:
    main = main_price([price.terms for price in prices])
    if main.billing_frequency is BillingFrequency.ONE_TIME:
        return
    if stretch.minimum:
        yield "minimum", Decimal(stretch.minimum)
    if stretch.discount:
        rate, amount, periods = stretch.discount
        exact = [None if one is None else Decimal(one) for one in (rate, amount)]
        yield (
            "discount",
            AgreedDiscount(code="LAUNCH", rate=exact[0], amount=exact[1], periods=periods),
        )
