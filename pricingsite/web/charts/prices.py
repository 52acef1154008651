"""What is drawn of a usage price: the bill by quantity, and the price of a unit.

Each chart says its conclusion in words. Amounts are net.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import pairwise

from pricingsite.pricing import (
    Money,
    PriceTerms,
    Unit,
    average_price,
    charge,
    cost_curve,
    lowest_average,
    net_at,
    raised,
)
from pricingsite.pricing.money import MOST_A_MONTH, QUANTITY_PLACES
from pricingsite.services.plans.offers import Offer, UsagePrice
from pricingsite.web import formats
from pricingsite.web.charts.geometry import NARROW, WIDE, Axes, Chart, round_up
from pricingsite.web.merchant import current_tax
from pricingsite.wording.bills import priced_name
from pricingsite.wording.prices import unit_of
from pricingsite.wording.quantities import column, counted, in_units, priced_units
from pricingsite.wording.rates import each_of, shown_rate

# Far enough to draw a price without tiers; and into how many pieces the average's curve is cut.
_HUNDRED = 100
_PIECES = 24
# Room above the highest point, so that its words fit.
_ABOVE = Decimal("1.1")


def bill_by_quantity(
    terms: PriceTerms,
    *,
    plan: Offer,
    base: Money,
    least: Money | None = None,
    other: tuple[str, Money] | None = None,
    here: Decimal | None = None,
    usual: Decimal = Decimal(_HUNDRED),
) -> Chart:
    """What a plan costs by the quantity of one of its usage prices, `base` being all else on it.

    `least` is its minimum, `other` a plan without usage prices, `here` where a customer stands;
    `usual` is how far to draw a price without bounds.
    """
    assert terms.unit is not None  # noqa: S101 - every usage price has a unit
    upto = _domain(terms, here, usual)
    vertices = [(x, y + base.amount) for x, y in cost_curve(terms.structure, upto)]
    if least:
        vertices = list(raised(vertices, least.amount))

    def net_of(quantity: Decimal) -> Money:
        rated = base + net_at(terms, quantity)
        return max(rated, least) if least else rated

    # A price of nothing is a line along the ground, under an axis of one.
    top = max(y for _, y in vertices) * _ABOVE or Decimal(1)
    amounts = partial(formats.axis_amounts, currency=base.currency)
    bands = _bands(terms, upto)
    net = None if here is None else net_of(here)
    drawings = []
    for frame in (WIDE, NARROW):
        axes = Axes(frame, upto, top)
        axes.ticks(formats.axis_quantities, amounts)
        axes.columns(bands)
        if other:
            name, flat = other
            axes.line("other", [(0, flat.amount), (upto, flat.amount)], name)
        axes.line("main", vertices, plan.name)
        if here is not None and net is not None:
            axes.mark(here, net.amount, formats.money(net))
        drawings.append(axes.drawing)
    rows = [(formats.quantity(x), formats.money(net_of(x))) for x in _corners(terms, upto, here)]
    unit, (low, high) = terms.unit, (rows[0], rows[-1])
    conclusion = f"From {low[1]} at {low[0]} to {high[1]} at {high[0]} {unit.plural}."
    if here is not None and net is not None:
        conclusion = f"{formats.money(net)} at {counted(here, unit)}."
    return Chart(
        id=f"chart-{plan.id}-{terms.id}",
        title=f"{plan.name} by {column(unit)}",
        conclusion=conclusion,
        drawings=tuple(drawings),
        columns=(column(unit), f"{plan.name} {current_tax().excluded}"),
        rows=tuple(rows),
    )


def price_per_unit(terms: PriceTerms) -> Chart | None:
    """What the next unit costs and what one costs on average; for graduated prices."""
    structure = terms.structure
    if terms.unit is None or not (structure.bands and structure.always_rises):
        return None
    upto = _domain(terms)
    dearest = max(shown_rate(terms, band.unit_price) for band in structure.bands)
    if not dearest:
        return None
    top = round_up(dearest * _ABOVE)
    steps = _steps(terms, upto)
    prices = [Decimal(0), *sorted({rate for _, rate in steps if rate}, reverse=True), top]
    rates = partial(formats.axis_rates, currency=terms.currency)
    average = _averages(terms, upto, top)
    lowest = lowest_average(structure, upto)
    lowest = lowest and (lowest[0], shown_rate(terms, lowest[1]))
    bands = _bands(terms, upto, words=False)
    drawings = []
    for frame in (WIDE, NARROW):
        axes = Axes(frame, upto, top)
        axes.ticks(formats.axis_quantities, rates, at=prices)
        axes.columns(bands)
        if average:
            axes.line("other", average, "average")
        axes.line("main", steps, "next")
        if lowest and lowest[1] <= top:
            axes.mark(*lowest, f"lowest: {formats.quantity(lowest[0])}")
        drawings.append(axes.drawing)
    return Chart(
        id=f"chart-unit-{terms.id}",
        title=f"{priced_name(terms)}: price of {_one(terms.unit)}",
        conclusion=_average_words(terms, lowest),
        drawings=tuple(drawings),
    )


def _average_words(terms: PriceTerms, lowest: tuple[Decimal, Decimal] | None) -> str:
    assert terms.unit is not None  # noqa: S101 - checked by the caller
    unit = terms.unit
    if lowest is None:
        return f"What the next {unit.singular} costs, and the average of all of them."
    price = formats.rate(average_price(lowest[1], Decimal(1)), terms.currency)
    at = in_units(lowest[0], unit)
    return f"The average price per {priced_units(unit)} is lowest at {at}: {price}."


def _one(unit: Unit) -> str:
    return f"one {unit.singular}" if unit.per == 1 else priced_units(unit)


def _domain(terms: PriceTerms, here: Decimal | None = None, usual: Decimal = Decimal(0)) -> Decimal:
    """How far to draw: past the last bound and past where the customer stands."""
    bounds = _bounds(terms)
    last = bounds[-1] * 2 if bounds else usual
    return round_up(max(last, (here or Decimal(0)) * Decimal("1.25")))


def _bounds(terms: PriceTerms) -> list[Decimal]:
    bounds = [band.last_unit for band in terms.structure.bands if band.last_unit]
    return [bound for bound in bounds if bound <= MOST_A_MONTH]


def _bands(
    terms: PriceTerms, upto: Decimal, *, words: bool = True
) -> Sequence[tuple[Decimal, Decimal, str, str]]:
    """The tiers as stretches of quantities, in the tones of their labels."""
    edges = [Decimal(0), *(bound for bound in _bounds(terms) if bound < upto), upto]
    tiers = terms.structure.bands
    labels, unit = formats.labels(terms), unit_of(terms)
    bands = []
    for (start, end), tier, label in zip(pairwise(edges), tiers, labels, strict=False):
        each = each_of(tier.unit_price, unit, terms.currency, formats.rate)
        shown = each if tier.unit_price else "included"
        bands.append((start, end, label.tone, shown if words else ""))
    return bands


def _corners(terms: PriceTerms, upto: Decimal, here: Decimal | None) -> list[Decimal]:
    """The quantities worth a row: zero, the bounds, where the customer stands, the end."""
    bounds = [*_bounds(terms), terms.structure.included or upto]
    known = {Decimal(0), upto, *(bound for bound in bounds if bound < upto)}
    return sorted(known if here is None else known | {here})


def _steps(terms: PriceTerms, upto: Decimal) -> list[tuple[Decimal, Decimal]]:
    points: list[tuple[Decimal, Decimal]] = []
    for (start, end, _, _), band in zip(_bands(terms, upto), terms.structure.bands, strict=False):
        rate = shown_rate(terms, band.unit_price)
        points += [(start, rate), (end, rate)]
    return points


def _averages(terms: PriceTerms, upto: Decimal, top: Decimal) -> list[tuple[Decimal, Decimal]]:
    """The average's curve below the top of the chart, its corners among the points."""
    # Closer together where the curve is steep.
    pieces = [upto * number**2 / _PIECES**2 for number in range(1, _PIECES + 1)]
    quantities = sorted({*(round(value, QUANTITY_PLACES) for value in pieces), *_bounds(terms)})
    found = [
        (quantity, shown_rate(terms, charge(terms.structure, quantity).amount) / quantity)
        for quantity in quantities
        if 0 < quantity <= upto
    ]
    return [(quantity, average) for quantity, average in found if average <= top]


def plan_charts(offer: Offer, others: Sequence[Offer]) -> dict[str, tuple[Chart, ...]]:
    """The charts of each usage price of a plan, by price id, beside the first plan without any."""
    found: dict[str, tuple[Chart, ...]] = {}
    for usage in offer.usage:
        bill, unit = _bill_chart(offer, usage, others), price_per_unit(usage.terms)
        found[usage.terms.id] = (bill, unit) if unit else (bill,)
    return found


def bill_charts(offers: Sequence[Offer], here: Mapping[str, Decimal]) -> tuple[Chart, ...]:
    """What each plan costs by the quantity of each of its usage prices.

    `here` says by metric id at which quantity somebody looks.
    """
    return tuple(
        _bill_chart(offer, usage, offers, here.get(usage.terms.metric_id or ""))
        for offer in offers
        for usage in offer.usage
    )


def _bill_chart(
    offer: Offer, usage: UsagePrice, others: Iterable[Offer], here: Decimal | None = None
) -> Chart:
    return bill_by_quantity(
        usage.terms,
        plan=offer,
        base=_beside(offer, usage.terms),
        least=_least(offer, usage.terms),
        other=_flat(usage.terms, others),
        here=here,
        usual=usage.quantities.all[-1],
    )


def _beside(offer: Offer, terms: PriceTerms) -> Money:
    """What a plan charges for the period of a usage price, without that price."""
    (charges,) = (one for one in offer.charges if one.frequency is terms.billing_frequency)
    return charges.bill.net - charges.bill.by_terms - net_at(terms, Decimal(0))


def _least(offer: Offer, terms: PriceTerms) -> Money | None:
    """What a plan costs at least for the period of a usage price, if it has such a minimum."""
    minimum = offer.minimum
    if minimum is None or minimum.billing_frequency is not terms.billing_frequency:
        return None
    return Money.rounded(minimum.structure.parts[0].amount, minimum.currency)


def _flat(terms: PriceTerms, others: Iterable[Offer]) -> tuple[str, Money] | None:
    """A plan that costs the same whatever is used, for the same period in the same currency.

    A free one would be a line along the ground.
    """
    for other in others:
        known = {charges.frequency: charges.bill.net for charges in other.charges}
        if (
            not (other.usage or other.is_free)
            and other.currency == terms.currency
            and set(known) == {terms.billing_frequency}
        ):
            return other.name, known[terms.billing_frequency]
    return None
