"""What the plans of a catalog file would cost, before it is applied: in a database of its own."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from pricingsite.database import Base
from pricingsite.pricing import local_date
from pricingsite.services.catalog.applying import put_on_trial
from pricingsite.services.catalog.document import CatalogDocument
from pricingsite.services.plans.offers import Quote, UsagePrice
from pricingsite.services.plans.pricing_page import PlanAsSold, read_storefront
from pricingsite.web.formats import money
from pricingsite.wording.periods import per_period
from pricingsite.wording.prices import unit_of
from pricingsite.wording.quantities import in_units
from pricingsite.wording.tax import EXCLUDED

_HEADS = ("Plan", "At", f"Costs, {EXCLUDED}")


def plan_costs(document: CatalogDocument, *, now: datetime) -> Iterator[str]:
    """A table, line by line: each plan at a few quantities of what it charges by."""
    rows = [_HEADS]
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
    name = plan.name
    for quantities in _few_quantities(plan.offer.usage):
        quote = plan.quote(quantities)
        yield name, _quantities_of(quote), _cost(quote)
        name = ""


def _few_quantities(usage: Iterable[UsagePrice]) -> Iterator[Mapping[str, Decimal]]:
    """Nothing, and then examples of every metric at once."""
    looks = {price.terms.metric_id or "": price.quantities.highlights for price in usage}
    for n in range(max(map(len, looks.values()), default=1)):
        yield {metric: few[min(n, len(few) - 1)] for metric, few in looks.items()}


def _quantities_of(quote: Quote) -> str:
    found = {
        in_units(one.quantity, unit_of(usage.terms)): None
        for one, usage in zip(quote.usage, quote.offer.usage, strict=True)
    }
    return ", ".join(found)


def _cost(quote: Quote) -> str:
    return " + ".join(
        f"{money(charges.bill.net)} {per_period(charges.frequency)}" for charges in quote.charges
    )


def _aligned(rows: list[tuple[str, str, str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "   ".join(cells).rstrip()
