"""What the plans of a catalog file would cost, before it is applied: in a database of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from pricingsite.database import Base
from pricingsite.pricing import PriceTerms, local_date
from pricingsite.services.catalog.applying import put_on_trial
from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.plans.as_sold import Choice, OptionAsSold, PlanAsSold
from pricingsite.services.plans.offers import Quote
from pricingsite.services.plans.pricing_page import read_storefront
from pricingsite.web.formats import money
from pricingsite.wording.periods import per_period
from pricingsite.wording.prices import unit_of
from pricingsite.wording.quantities import in_units
from pricingsite.wording.tax import Tax


def plan_costs(document: CatalogDocument, *, now: datetime) -> Iterator[str]:
    """A table, line by line: each plan at a few quantities of what it charges by."""
    tax = document.merchant.tax
    named = Tax(tax.name, tax.shown) if tax else Tax()
    rows = [("Plan", "At", f"Costs, {named.excluded}")]
    with _trial(document, now) as session:
        storefront = read_storefront(session, on=local_date(now, document.merchant.zone))
        for plan in storefront.plans:
            rows += _rows(plan)
    return _aligned(rows)


@contextmanager
def _trial(document: CatalogDocument, now: datetime) -> Iterator[Session]:
    """A database in memory that holds this catalog alone."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    # The file may name prices that are applied, and in no file any more; no plan holds those.
    event.listen(engine, "connect", _leave_references_open)
    try:
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            put_on_trial(session, document, now=now)
            yield session
    finally:
        engine.dispose()


def _leave_references_open(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _rows(plan: PlanAsSold) -> Iterator[tuple[str, str, str]]:
    for option in plan.options:
        name = f"{plan.name}, {option.offer.option.id}" if plan.options[1:] else plan.name
        for quote in _few_quotes(option):
            yield name, ", ".join(_quantities_of(quote)), _cost(quote)
            name = ""


def _few_quotes(option: OptionAsSold) -> Iterator[Quote]:
    """At the least of everything, and then at examples of all that is used and bought at once."""
    used = {one.terms.metric_id or "": one.quantities.highlights for one in option.offer.usage}
    bought = {price.id: _few_bought(price) for price in option.offer.bought}
    for n in range(max(map(len, (*used.values(), *bought.values())), default=1)):
        chosen = option.at(Choice(quantities=_nth(n, bought)))
        yield chosen.quote(_nth(n, used))


def _nth(n: int, looks: Mapping[str, Sequence[Decimal]]) -> Mapping[str, Decimal]:
    return {name: few[min(n, len(few) - 1)] for name, few in looks.items()}


def _few_bought(price: PriceTerms) -> Sequence[Decimal]:
    """Whole quantities that can be bought: at the bounds of tiers, or the least and some more."""
    least, most = price.minimum_quantity, price.maximum_quantity
    bounds = [band.last_unit for band in price.structure.bands if band.last_unit]
    found = [least, *bounds, bounds[-1] + 1] if bounds else [least, least * 2, least * 10]
    whole = {min(max(one.to_integral_value(), least), most or one) for one in found}
    return sorted(whole)


def _quantities_of(quote: Quote) -> Iterator[str]:
    """What is bought and used, a metric once: `3 seats`, `0 API calls`."""
    for price in quote.offer.bought:
        yield in_units(price.quantity, unit_of(price))
    used = zip(quote.usage, quote.offer.usage, strict=True)
    yield from dict.fromkeys(in_units(one.quantity, unit_of(usage.terms)) for one, usage in used)


def _cost(quote: Quote) -> str:
    return " + ".join(
        f"{money(charges.bill.net)} {per_period(charges.frequency)}" for charges in quote.charges
    )


def _aligned(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "   ".join(cells).rstrip()
