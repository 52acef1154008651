"""What holds for every structure and quantity, and for every bill."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import assume, example, given
from hypothesis import strategies as st

from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    BillingType,
    Fixed,
    Graduated,
    Linear,
    Money,
    Package,
    Period,
    PriceTerms,
    Service,
    Structure,
    Tier,
    Unit,
    Volume,
    charge,
    decimals_of,
    make_bill,
    next_unit_cost,
    prorate,
    structure_from_dict,
    units_until_change,
)

MILLIONTH = Decimal("0.000001")
MONTH = Period(date(2027, 1, 1), date(2027, 2, 1))
CALLS = Unit("API call", "API calls")
rates = st.decimals(0, 10**6, places=12) | st.decimals(0, 1000, places=2) | st.just(Decimal(0))
whole_quantities = st.integers(0, 20_000).map(Decimal)
quantities = whole_quantities | st.decimals(0, 20_000, places=6) | st.decimals(0, 10**12, places=6)
currencies = st.sampled_from(["GBP", "JPY", "KWD", "CLF"])


whole_bounds = st.integers(1, 10_000).map(Decimal)
any_bounds = st.decimals(MILLIONTH, 10_000, places=6) | whole_bounds


@st.composite
def tiers(
    draw: st.DrawFn,
    upper_bounds: st.SearchStrategy[Decimal] = any_bounds,
    later_fees: st.SearchStrategy[Decimal] = rates,
) -> tuple[Tier, ...]:
    rising = sorted(draw(st.sets(upper_bounds, max_size=4)))
    first = [draw(rates)]
    fees = first + [draw(later_fees) for _ in rising]
    return tuple(
        Tier(bound, draw(rates), fee) for bound, fee in zip([*rising, None], fees, strict=True)
    )


whole_tiers = tiers(upper_bounds=whole_bounds)
graduated = st.builds(Graduated, tiers())
volume = st.builds(Volume, tiers())
simple = (
    st.builds(Fixed, rates)
    | st.builds(Linear, rates)
    | st.builds(Package, st.integers(1, 1000).map(Decimal), rates)
)
structures = simple | graduated | volume
WORKED = Graduated(
    (
        Tier(Decimal(1000), flat_fee=Decimal(250)),
        Tier(Decimal(2500), Decimal("0.45")),
        Tier(None, Decimal("0.65")),
    )
)


def half_up(exact: Fraction, currency: str) -> int:
    """Whole minor units by the schoolbook: half up on the absolute value, then the sign."""
    scaled = abs(exact) * 10 ** decimals_of(currency)
    minor = floor(scaled * 2 + 1) // 2
    return minor if exact >= 0 else -minor


@given(graduated, quantities, quantities)
@example(WORKED, Decimal(1000), Decimal(1001))
def test_a_graduated_total_never_falls(structure: Graduated, one: Decimal, other: Decimal) -> None:
    less, more = sorted([one, other])
    assert charge(structure, less).amount <= charge(structure, more).amount


@given(st.builds(Graduated, tiers(later_fees=st.just(Decimal(0)))), quantities)
@example(WORKED, Decimal(2500))
def test_without_later_fees_a_graduated_total_has_no_jump(
    structure: Graduated, quantity: Decimal
) -> None:
    dearest = max(tier.unit_price for tier in structure.tiers)
    places = [tier.upper_bound for tier in structure.tiers if tier.upper_bound] + [quantity]
    for place in places:
        step = charge(structure, place + MILLIONTH).amount - charge(structure, place).amount
        assert 0 <= step <= Fraction(dearest) * Fraction(MILLIONTH)


@given(graduated | volume, quantities)
@example(WORKED, Decimal("1000.5"))
def test_tiers_explain_the_whole_amount(structure: Structure, quantity: Decimal) -> None:
    charged = charge(structure, quantity)
    assert charged.tiers
    assert sum(Fraction(tier.amount) for tier in charged.tiers) == Fraction(charged.amount)
    assert sum(Fraction(tier.quantity) for tier in charged.tiers) == Fraction(quantity)
    shown = [(band.first_unit, band.last_unit) for band in structure.bands]
    assert [(tier.first_unit, tier.last_unit) for tier in charged.tiers] == [
        band for band in shown if band in {(t.first_unit, t.last_unit) for t in charged.tiers}
    ]
    for tier in charged.tiers:
        units = Fraction(tier.quantity) * Fraction(tier.unit_price)
        assert units + Fraction(tier.flat_fee) == Fraction(tier.amount)


@given(volume, quantities)
def test_volume_is_the_reached_tiers_arithmetic(structure: Volume, quantity: Decimal) -> None:
    reached = next(
        tier for tier in structure.tiers if tier.upper_bound is None or quantity <= tier.upper_bound
    )
    expected = Fraction(quantity) * Fraction(reached.unit_price) + Fraction(reached.flat_fee)
    assert Fraction(charge(structure, quantity).amount) == expected


@given(tiers(), quantities)
def test_in_the_first_tier_volume_and_graduated_agree(
    steps: tuple[Tier, ...], quantity: Decimal
) -> None:
    assume(steps[0].upper_bound is None or quantity <= steps[0].upper_bound)
    assert charge(Volume(steps), quantity) == charge(Graduated(steps), quantity)


@given(structures)
def test_a_structure_survives_its_table(structure: Structure) -> None:
    document = structure.to_dict()
    assert structure_from_dict(document) == structure
    assert structure_from_dict(document).to_dict() == document


@given(structures, quantities)
def test_the_next_unit_costs_a_difference_of_totals(
    structure: Structure, quantity: Decimal
) -> None:
    totals = [Fraction(charge(structure, quantity + more).amount) for more in (0, 1)]
    assert Fraction(next_unit_cost(structure, quantity)) == totals[1] - totals[0]


@given(
    simple | st.builds(Graduated, whole_tiers) | st.builds(Volume, whole_tiers),
    whole_quantities,
    st.integers(0, 20_000),
)
@example(WORKED, Decimal(0), 999)
@example(WORKED, Decimal(1001), 1498)
def test_until_it_changes_each_unit_costs_the_same(
    structure: Structure, quantity: Decimal, ahead: int
) -> None:
    # Past a bound or a whole package, the unit that enters what follows pays its fee as well.
    assume(units_until_change(structure, quantity) != 0)
    until = units_until_change(structure, quantity)
    if until is None:
        quantity, further = quantity + 1, Decimal(ahead)
    else:
        further = Decimal(ahead % int(until))
    assert next_unit_cost(structure, quantity + further) == next_unit_cost(structure, quantity)


def terms(structure: Structure, currency: str, *, prorate_flat_fees: bool = False) -> PriceTerms:
    usage = not isinstance(structure, Fixed)
    return PriceTerms(
        id="P",
        name="Price",
        currency=currency,
        structure=structure,
        billing_frequency=BillingFrequency.MONTHLY,
        billing_type=BillingType.IN_ARREARS,
        unit=CALLS if usage else None,
        metric_id="api_calls" if usage else None,
        prorate_flat_fees=prorate_flat_fees,
    )


@st.composite
def bills(draw: st.DrawFn) -> tuple[list[tuple[Service, Decimal | None]], Bill]:
    currency, asked = draw(currencies), []
    for structure in draw(st.lists(structures, max_size=4)):
        period = Period(MONTH.start + timedelta(days=draw(st.integers(0, 30))), MONTH.end)
        price = terms(structure, currency, prorate_flat_fees=draw(st.booleans()))
        quantity = None if isinstance(structure, Fixed) else draw(quantities)
        asked.append((Service(price, period, MONTH), quantity))
    rate = draw(st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.175"), Decimal("0.20")]))
    return asked, make_bill(asked, period=MONTH, currency=currency, tax_rate=rate)


@given(bills())
def test_a_bill_is_the_sum_of_its_rounded_lines(
    made: tuple[list[tuple[Service, Decimal | None]], Bill],
) -> None:
    asked, bill = made
    exact: list[Fraction] = []
    for service, quantity in asked:
        structure = service.price.structure
        if isinstance(structure, Fixed):
            exact.append(prorate(structure.amount, service.proration))
            continue
        charged = charge(structure, quantity or 0)
        share = service.proration.fraction if service.price.prorate_flat_fees else Fraction(1)
        exact += [
            Fraction(tier.quantity) * Fraction(tier.unit_price) + Fraction(tier.flat_fee) * share
            for tier in charged.tiers
        ] or [Fraction(charged.amount)]
    assert [line.net.minor for line in bill.lines] == [
        half_up(amount, bill.currency) for amount in exact
    ]
    assert bill.net == sum((line.net for line in bill.lines), Money.zero(bill.currency))
    assert bill.gross == bill.net + bill.tax


@given(bills())
def test_tax_is_rounded_once_a_rate(
    made: tuple[list[tuple[Service, Decimal | None]], Bill],
) -> None:
    _, bill = made
    assert len(bill.taxes) == (1 if bill.lines else 0)
    for tax in bill.taxes:
        assert tax.net == bill.net
        exact = Fraction(tax.net.amount) * Fraction(tax.rate)
        assert bill.tax.minor == tax.tax.minor == half_up(exact, bill.currency)


@given(bills())
def test_the_exact_arithmetic_of_a_line_can_be_read_off_it(
    made: tuple[list[tuple[Service, Decimal | None]], Bill],
) -> None:
    _, bill = made
    for line in bill.lines:
        share = line.proration.fraction if line.proration else Fraction(1)
        # Days scale a fixed amount and flat fees, never what units cost.
        units = Fraction(line.quantity) * Fraction(line.unit_price or 0)
        exact = units + Fraction(line.flat_fee or 0) * share if line.flat_fee else units
        if line.kind == "fixed":
            exact *= share
        assert line.net.minor == half_up(exact, bill.currency)


@given(st.fractions() | st.decimals(-(10**9), 10**9, places=9).map(Fraction), currencies)
def test_rounding_is_half_up_away_from_zero(exact: Fraction, currency: str) -> None:
    assert Money.rounded(exact, currency).minor == half_up(exact, currency)
    assert Money.rounded(-exact, currency) == -Money.rounded(exact, currency)
