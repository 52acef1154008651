"""What the site says in JSON: bills, estimates, usage by day, plans and orders.

There is one form of everything: amounts with their currency's decimals and every other number
without trailing zeros, both as decimal strings; days and moments in ISO 8601.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pricingsite.models.orders import Order
from pricingsite.pricing import (
    Bill,
    FirstBill,
    LineItem,
    Period,
    PriceTerms,
    Proration,
    TermsLine,
    Unit,
    plain,
)
from pricingsite.services.estimates.estimates import Estimate
from pricingsite.services.estimates.usage_by_day import UsageHistory
from pricingsite.services.estimates.usage_tables import UsageTable
from pricingsite.services.plans.offers import (
    AddOn,
    Announcement,
    Charges,
    Example,
    ListedPlan,
    Offer,
    Quote,
)
from pricingsite.services.usage.quantities import Day
from pricingsite.wording.bills import line_description
from pricingsite.wording.periods import billed_together

Json = dict[str, Any]


def bill(of: Bill) -> Json:
    """A bill with its lines (design.md §4.3)."""
    return {
        "currency": of.currency,
        **_totals(of),
        "period": period(of.period),
        "lines": [_line(line) for line in of.every_line],
    }


def _totals(of: Bill) -> Json:
    return {"net": str(of.net), "tax": str(of.tax), "gross": str(of.gross)}


def _line(line: LineItem | TermsLine) -> Json:
    return {
        "price_id": line.price_id,
        "kind": line.kind.value,
        "description": line_description(line),
        "period": period(line.period),
        "quantity": plain(line.quantity),
        "unit_price": plain(line.unit_price),
        "flat_fee": number(line.flat_fee),
        "proration": proration(line.proration),
        "tax_rate": number(line.tax_rate),
        "net": str(line.net),
    }


def proration(of: Proration | None) -> Json | None:
    """The part of a full period that scales a fee."""
    return None if of is None else {"days_used": of.days_used, "days_in_period": of.days_in_period}


def period(of: Period) -> Json:
    """Days, up to the first that is no longer covered."""
    return {"start": of.start.isoformat(), "end": of.end.isoformat()}


def number(value: Decimal | None) -> str | None:
    """A number without trailing zeros, if there is one."""
    return None if value is None else plain(value)


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def estimate(of: Estimate) -> Json:
    """A running bill, and the moments it stands for."""
    return bill(of.bill) | {
        "state": of.state.value,
        "timezone": of.timezone,
        "as_of": _moment(of.as_of),
        "counted_to": _moment(of.counted_to),
        "invoice_on": of.invoice_on.isoformat(),
        "due_on": of.due_on.isoformat(),
        **({"trial": True} if of.is_trial else {}),
    }


def usage_by_day(of: UsageHistory) -> Json:
    """A billing period's usage by day, and what each day cost."""
    return {
        "period": period(of.period),
        "currency": of.bill.currency,
        "net": str(of.bill.net),
        "as_of": _moment(of.as_of),
        "counted_to": _moment(of.counted_to),
        "usage": [_usage_table(table) for table in of.tables],
    }


def _usage_table(table: UsageTable) -> Json:
    return {
        "price": table.price_name,
        "unit": table.unit.singular,
        **_metric_name(table.unit),
        "period": period(table.period),
        "on_this_bill": table.on_this_bill,
        "quantity": plain(table.quantity),
        "net_at_zero_usage": str(table.base),
        "net": str(table.net),
        "days": [
            {
                "day": cost.day.isoformat(),
                "events": cost.event_count,
                "quantity": number(cost.quantity),
                "cumulative": plain(cost.cumulative),
                "net": str(cost.net),
            }
            for cost in table.days
        ],
    }


def usage_day(of: Day) -> Json:
    """A day of a metric."""
    return {
        "day": of.day.isoformat(),
        "events": of.event_count,
        "quantity": number(of.quantity),
        "cumulative": plain(of.cumulative),
    }


def listed(of: ListedPlan) -> Json:
    """What every plan says of itself, with prices or without."""
    return {
        "id": of.id,
        "name": of.name,
        "tagline": of.tagline,
        "features": list(of.features),
        "values": dict(of.values),
        "limits": {name: plain(limit) for name, limit in of.limits.items()},
        "recommended": of.recommended,
        "contact": of.contact,
    }


def offer(of: Offer) -> Json:
    """A plan on sale: its list prices, its bills at zero usage, its worked examples."""
    add_ons = {"add_ons": [_add_on(one) for one in of.add_ons]} if of.add_ons else {}
    return (
        listed(of)
        | add_ons
        | _plan_terms(of)
        | {
            "free": of.is_free,
            "products": list(of.products),
            "currency": of.currency,
            "billing": billed_together(of.prices),
            "vat_rate": number(of.tax_rate),
            "prices": [price_terms(price) for price in of.prices],
            "at_zero_usage": [_at_zero_usage(charges) for charges in of.charges],
            "examples": {
                usage.terms.id: [_example(example) for example in usage.examples]
                for usage in of.usage
            },
            "last_changed_on": of.last_changed_on.isoformat(),
            "announced": _announcement(of.announced) if of.announced else None,
            "version": of.version,
        }
    )


def _plan_terms(of: Offer) -> Json:
    found: Json = {}
    if of.minimum:
        found["minimum"] = {
            "amount": plain(of.minimum.structure.parts[0].amount),
            "billing_frequency": of.minimum.billing_frequency.value,
        }
    if of.trial:
        found["trial_days"] = of.trial.days
        found["trial_then"] = "continues" if of.trial.continues else "ends"
    return found


def _announcement(of: Announcement) -> Json:
    return {
        "valid_from": of.valid_from.isoformat(),
        "replaces": [before.id for before, _ in of.prices],
        "prices": [price_terms(after) for _, after in of.prices],
        "at_zero_usage": [_at_zero_usage(charges) for charges in of.charges],
    }


def price_terms(of: PriceTerms) -> Json:
    """A price: what it costs, how it is billed, and what it counts."""
    return {
        "id": of.id,
        "name": of.name,
        "currency": of.currency,
        "billing_frequency": of.billing_frequency.value,
        "billing_type": of.billing_type.value,
        "metric": of.metric_id,
        "unit": of.unit.singular if of.unit else None,
        "whole": of.unit.whole if of.unit else None,
        **(_metric_name(of.unit) if of.unit else {}),
        **({"display_per": plain(of.unit.per)} if of.unit and of.unit.per != 1 else {}),
        "structure": of.structure.to_dict(),
        **_bought(of),
    }


def _metric_name(unit: Unit) -> Json:
    """What the metric is called, where its unit does not say it all."""
    return {"metric_name": unit.name} if unit.name else {}


def _bought(of: PriceTerms) -> Json:
    if not of.is_bought or not of.unit:
        return {}
    return {
        "per": of.unit.singular,
        "minimum_quantity": plain(of.minimum_quantity),
        "maximum_quantity": number(of.maximum_quantity),
    }


def _add_on(of: AddOn) -> Json:
    return {"price": price_terms(of.terms), "maximum_quantity": number(of.maximum)}


def _at_zero_usage(charges: Charges) -> Json:
    # Without days: list prices are the same document tomorrow.
    rhythm = {"billing_frequency": charges.frequency.value, "from": charges.is_from}
    return rhythm | _totals(charges.bill)


def _example(of: Example) -> Json:
    return {"quantity": plain(of.quantity), **_totals(of.bill)}


def quote(of: Quote) -> Json:
    """A plan at given quantities: a bill a billing frequency, and what comes next of each price."""
    return {
        "id": of.offer.id,
        "name": of.offer.name,
        "bills": [
            {"billing_frequency": charges.frequency.value, **bill(charges.bill)}
            for charges in of.charges
        ],
        "usage": [_quoted_usage(example) for example in of.usage],
    }


def _quoted_usage(example: Example) -> Json:
    position = example.position
    return {
        "name": position.price.name,
        "unit": position.unit.singular,
        **_metric_name(position.unit),
        "quantity": plain(example.quantity),
        "net": str(position.net),
        "next_unit_cost": plain(position.next_cost),
        "units_until_change": number(position.until_change),
        "next_unit_cost_after": number(position.cost_after),
        "average_unit_cost": number(example.average),
    }


def order(of: Order, first: FirstBill) -> Json:
    """An order, and its first bill."""
    return {
        "reference": of.reference,
        "plan": of.plan_id,
        "prices": [price.id for price in first.prices],
        "start": of.schedule.start_date.isoformat(),
        "ordered_at": of.ordered_at.isoformat(),
        "terms_version": of.terms_version,
        "first_invoice_on": first.invoice_on.isoformat(),
        "first_bill_at_least": bill(first.bill),
        **({"trial": period(trial)} if (trial := of.schedule.trial) else {}),
    }
