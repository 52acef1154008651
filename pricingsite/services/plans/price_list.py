"""The price list of a day: what each plan then charges, announced prices in their places.

An announced price takes the place of the list price that it replaces, in every plan, on the day it
is valid from. Days are the merchant's; the tax is the domestic rate's.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from pricingsite.models.catalog import Plan, Price
from pricingsite.pricing import VatRate, bill_rate_on
from pricingsite.services.merchant import Seller, read_seller


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """What plans charge on the day `on`; `followers` are announced prices by what they replace."""

    on: date
    zone: ZoneInfo
    rates: tuple[VatRate, ...]
    followers: Mapping[str, Price]
    takes_codes: bool = False

    @property
    def tax_rate(self) -> Decimal | None:
        """The tax rate of the day, a fraction; None where bills name no tax."""
        return bill_rate_on(self.rates, self.on)

    def prices_of(self, plan: Plan, option_id: str | None = None) -> tuple[Price, ...]:
        """The list prices that an option of a plan charges on the day, else its default."""
        prices = plan.prices if option_id is None else plan.prices_in(option_id)
        return tuple(map(self.in_place_of, prices))

    def next_change(self, plan: Plan, option_id: str | None = None) -> date | None:
        """The first day after this one on which a plan is to charge something else."""
        coming = (self.followers.get(price.id) for price in self.prices_of(plan, option_id))
        return min((p.valid_from for p in coming if p and p.valid_from), default=None)

    def at(self, day: date) -> "PriceList":
        """The price list of another day."""
        return replace(self, on=day)

    def last_change(self, plan: Plan, option_id: str | None = None) -> date:
        """The day since when a plan charges what it does; raises `ValueError` without prices."""
        prices = self.prices_of(plan, option_id)
        return max(price.in_force_from(self.zone) for price in prices)

    def in_place_of(self, price: Price) -> Price:
        """The price that is charged on the day in place of a list price."""
        follower = self.followers.get(price.id)
        while follower and follower.valid_from and follower.valid_from <= self.on:
            price, follower = follower, self.followers.get(follower.id)
        return price


def price_list(session: Session, *, on: date) -> PriceList:
    """The price list of a day."""
    announced = select(Price).where(is_announced())
    return price_list_of(read_seller(session), session.scalars(announced), on=on)


def is_announced() -> ColumnElement[bool]:
    """Which prices take the place of others, on their day."""
    return and_(Price.replaces.is_not(None), Price.archived_at.is_(None))


def price_list_of(seller: Seller, announced: Iterable[Price], *, on: date) -> PriceList:
    """The price list of a day, from what was read of it."""
    return PriceList(
        on=on,
        zone=seller.merchant.zone,
        rates=seller.rates,
        followers={price.replaces: price for price in announced if price.replaces},
        takes_codes=seller.takes_codes,
    )


def price_version(plan: Plan, listed: PriceList, option_id: str | None = None) -> str:
    """A hash of all that decides what an option costs: its prices, its add-ons and the tax rate.

    A minimum and a trial are part of it.
    """
    places = [
        (place.add_on, place.maximum_quantity, listed.in_place_of(place.price))
        for place in plan.places_in(option_id or plan.option_ids[0])
    ]
    terms = [
        (p.id, p.currency, p.structure, p.frequency, p.type, p.metric_id, p.prorate_flat_fees)
        for _, _, p in places
    ]
    rate = listed.tax_rate
    taxed = None if rate is None else f"{rate.normalize():f}"
    content: list[object] = [plan.id, terms, taxed]
    bought = [
        (p.id, p.per, p.minimum_quantity, p.maximum_quantity, add_on, most)
        for add_on, most, p in places
        if p.per or add_on
    ]
    if bought:
        content.append(bought)
    if plan.minimum is not None or plan.trial_days:
        content.append((plan.minimum, plan.trial_days, plan.trial_then))
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
