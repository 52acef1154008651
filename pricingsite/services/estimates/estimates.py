"""Estimates: the running bill of a customer's current billing period, by the invoice's arithmetic.

A bill is what falls due on one day, here the end of the period that `now` lies in. Days are the
schedule's zone's, quantities come from the daily rollups, amounts are net unless said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    Money,
    Period,
    Service,
    TaxTreatment,
    day_start,
)
from pricingsite.pricing.position import UsagePosition, usage_position
from pricingsite.services.billing.bills import (
    Counted,
    bill_of,
    count,
    counted_by,
    quantity_of,
)
from pricingsite.services.billing.first_bill import first_bill_of_schedule
from pricingsite.services.billing.periods import BillingPeriod, State, billing_period_on
from pricingsite.services.billing.tax import tax_rate, tax_treatment
from pricingsite.services.merchant import Seller, read_seller
from pricingsite.services.schedules.entitlements import EntitlementStatus, entitlement_status
from pricingsite.services.schedules.reading import current_schedule
from pricingsite.services.usage.quantities import CustomerUsage, Wanted
from pricingsite.wording.bills import priced_name, terms_name


@dataclass(frozen=True, slots=True)
class Share:
    """What one price adds to a bill, or a discount or minimum."""

    name: str
    net: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A customer's running bill and all that a page says about it, ready to print.

    `bill` was made from `billing_period` and `counted`, to be paid by `due_on`. If it
    `always_rises`, it is also the least the period will cost. `counted_to` is the moment of the
    last usage event, `resets_at` the first instant of the next period, both in the schedule's zone.
    """

    customer: Customer
    seller: Seller
    usage: CustomerUsage
    billing_period: BillingPeriod
    counted: Counted
    as_of: datetime
    counted_to: datetime | None
    resets_at: datetime
    bill: Bill
    shares: tuple[Share, ...]
    tax_treatment: TaxTreatment
    due_on: date
    products: tuple[str, ...]
    positions: tuple[UsagePosition, ...]

    @property
    def schedule(self) -> BillingSchedule:
        """The schedule that is billed."""
        return self.billing_period.schedule

    @property
    def state(self) -> State:
        """Whether the schedule is to begin, active or ended."""
        return self.billing_period.state

    @property
    def period(self) -> Period:
        """The billing period's dates."""
        return self.billing_period.dates

    @property
    def timezone(self) -> str:
        """The name of the zone whose days these are."""
        return self.schedule.timezone

    @property
    def invoice_on(self) -> date:
        """The day the invoice is made."""
        return self.billing_period.invoice_on

    @property
    def entitled(self) -> bool:
        """Whether the products may be used."""
        status = entitlement_status(
            in_force=self.state is State.ACTIVE,
            is_unverified=self.schedule.is_unverified,
            is_suspended=self.customer.suspended_at is not None,
        )
        return status is EntitlementStatus.ACTIVE

    @property
    def is_trial(self) -> bool:
        """Whether it is about a trial, of which nothing is billed."""
        return self.billing_period.is_trial

    @property
    def bills_usage(self) -> bool:
        """Whether usage is on this bill."""
        return any(position.on_this_bill for position in self.positions)

    @property
    def is_ahead(self) -> bool:
        """Whether it is the next bill, for what is charged in advance of the period after."""
        return self.state is State.ACTIVE and self.bill.covers.start >= self.period.end

    @property
    def bills_nothing(self) -> bool:
        """Whether there is nothing that an invoice could be about."""
        return self.is_trial or (not self.bills_usage and not self.bill.net.minor)

    @property
    def is_free(self) -> bool:
        """Whether nothing of it costs anything, now or later: no fee, and no usage price."""
        if self.is_trial or self.billing_period.is_paused:
            return False  # What follows it costs something.
        day = self.billing_period.day
        to_come = (span for span in self.billing_period.spans if span.end is None or span.end > day)
        return self.bills_nothing and all(span.price.is_free for span in to_come)

    @property
    def running(self) -> bool:
        """Whether usage may still add to the bill."""
        return self.bills_usage and self.state is State.ACTIVE and not self.is_trial

    @property
    def always_rises(self) -> bool:
        """Whether more usage can only raise the bill."""
        return all(
            service.price.structure.always_rises
            and self.billing_period.metric(service).aggregation.always_rises
            for service in self.billing_period.usage_services_due
        )

    @property
    def alertable(self) -> bool:
        """Whether usage may bring this bill, or the next of its kind, somewhere."""
        return self.bills_usage and self.state is not State.ENDED

    @property
    def unused(self) -> bool:
        """Whether there is usage to bill and none of it has happened yet."""
        return (
            self.bills_usage
            and not self.is_trial
            and not any(position.quantity for position in self.positions if position.on_this_bill)
        )


def estimate(session: Session, customer: Customer, *, now: datetime) -> Estimate | None:
    """The estimate of the customer's current billing period; None without a schedule.

    Before the start it is the first bill, as it will be at least; after the end, the last bill.
    """
    schedule = current_schedule(session, customer.id, now=now)
    if schedule is None:
        return None
    billing_period = billing_period_on(schedule, schedule.today(now))
    usage = customer_usage(session, billing_period, today=schedule.today(now))
    usage.read(wanted_by(billing_period))
    return estimate_of(customer, read_seller(session), billing_period, usage, now=now)


def wanted_by(billing_period: BillingPeriod) -> Iterator[Wanted]:
    """The usage that an estimate of a billing period is made of."""
    in_force = billing_period.usage_services_in_force
    return counted_by(billing_period, (*billing_period.due, *in_force))


def rangeable(billing_period: BillingPeriod) -> Service | None:
    """The one usage price of a bill, if more units never cost less and its month is a whole one."""
    services = billing_period.usage_services_due
    if len(services) != 1 or not billing_period.metric(services[0]).aggregation.days_add_up:
        return None
    service, price = services[0], services[0].price
    whole = service.period == service.full_period
    monthly = price.billing_frequency is BillingFrequency.MONTHLY
    rising = price.structure.always_rises
    return service if whole and monthly and rising else None


def customer_usage(
    session: Session, billing_period: BillingPeriod, *, today: date
) -> CustomerUsage:
    """A customer's usage, to be read as its billing period needs it."""
    service = rangeable(billing_period)
    return CustomerUsage(
        session,
        billing_period.schedule.customer_id,
        today=today,
        days_gone=(billing_period.day - service.period.start).days if service else 0,
    )


def estimate_of(
    customer: Customer,
    seller: Seller,
    billing_period: BillingPeriod,
    usage: CustomerUsage,
    *,
    now: datetime,
) -> Estimate:
    """The estimate of a billing period, from what was read of it."""
    zone = billing_period.schedule.zone
    moment, in_force = now.astimezone(zone), billing_period.usage_services_in_force
    counted = count(usage, billing_period, (*billing_period.due, *in_force))
    treatment = tax_treatment(seller.merchant, customer)
    bill = _bill(seller, customer, billing_period, counted, treatment)
    return Estimate(
        customer=customer,
        seller=seller,
        usage=usage,
        billing_period=billing_period,
        counted=counted,
        as_of=moment,
        counted_to=usage.counted_to(moment) if in_force else None,
        resets_at=day_start(billing_period.dates.end, zone).astimezone(zone),
        bill=bill,
        shares=_shares(billing_period, bill),
        tax_treatment=treatment,
        due_on=seller.merchant.payment_due_on(billing_period.invoice_on),
        products=_products(billing_period),
        positions=tuple(_position(billing_period, service, counted) for service in in_force),
    )


def _bill(
    seller: Seller,
    customer: Customer,
    billing_period: BillingPeriod,
    counted: Counted,
    treatment: TaxTreatment,
) -> Bill:
    if billing_period.state is State.UPCOMING:
        return first_bill_of_schedule(seller, billing_period.schedule, customer).bill
    rate = tax_rate(seller.rates, treatment, billing_period.invoice_on)
    return bill_of(billing_period, counted, rate)


def _shares(billing_period: BillingPeriod, bill: Bill) -> tuple[Share, ...]:
    """The bill's lines summed by price, in the bill's order; then discounts and minimums."""
    names = {service.price.id: priced_name(service.price) for service in billing_period.due}
    nets: dict[str, Money] = {}
    for line in bill.lines:
        nets[line.price_id] = nets.get(line.price_id, Money.zero(bill.currency)) + line.net
    shares = tuple(Share(names[price_id], net) for price_id, net in nets.items())
    return shares + tuple(Share(terms_name(line), line.net) for line in bill.terms_lines)


def _products(billing_period: BillingPeriod) -> tuple[str, ...]:
    phase = billing_period.phase
    return tuple(dict.fromkeys(price.product.name for price in phase.prices)) if phase else ()


def _position(billing_period: BillingPeriod, service: Service, counted: Counted) -> UsagePosition:
    quantity = quantity_of(service, counted)
    assert quantity is not None  # noqa: S101 - a position's price has a metric
    return usage_position(service, quantity, on_this_bill=service in billing_period.due)
