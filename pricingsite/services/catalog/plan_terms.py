"""What plans promise besides prices in the catalog file: minimums, trials, promotion codes.

The values of a document that has problems may be None; those say nothing more here.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from pricingsite.pricing import decimals_of
from pricingsite.pricing.money import places_of
from pricingsite.services.catalog.document import (
    CatalogDocument,
    OptionEntry,
    PlanEntry,
    PriceEntry,
)
from pricingsite.services.catalog.promotions import PromotionEntry
from pricingsite.services.catalog.toml_tables import Problems


def check_plan_terms(plan: PlanEntry, prices: Mapping[str, PriceEntry], problems: Problems) -> None:
    """Everything about a plan's minimum and trial."""
    if plan.trial_then is not None and plan.trial_days is None:
        path = f"{plan.path}.trial_days"
        if not problems.at(path):
            problems.add(f"{plan.path}.trial_then", "add trial_days: how long is the trial?")
    if plan.trial_days is not None and _is_free(plan, prices):
        problems.add(f"{plan.path}.trial_days", "the plan is free: it needs no trial")
    if plan.minimum is None:
        return
    if plan.minimum == 0:
        problems.add(f"{plan.path}.minimum", "it is nothing: leave it out")
    for option in plan.ways_to_pay:
        if problem := _no_minimum(plan.minimum, option, prices):
            problems.add(f"{plan.path}.minimum", problem)


def _is_free(plan: PlanEntry, prices: Mapping[str, PriceEntry]) -> bool:
    """Whether nothing of a plan can cost anything, as far as can be told."""
    if plan.minimum is not None:
        return False
    named = {name for option in plan.ways_to_pay for name in option.prices or ()}
    sold = [prices[name] for name in named if name in prices]
    return bool(sold) and all(
        one.structure and not one.metric and not any(p.amount for p in one.structure.parts)
        for one in sold
    )


def _no_minimum(
    minimum: Decimal, option: OptionEntry, prices: Mapping[str, PriceEntry]
) -> str | None:
    """Why an option cannot have a minimum."""
    sold = [prices[name] for name in option.prices or () if name in prices]
    main = next((one for one in sold if not one.metric), sold[0] if sold else None)
    if main is None:
        return None
    if main.billing_frequency == "one_time":
        return f"{main.id}, the main price, is billed once: it has no period"
    return too_fine(minimum, main.currency) if main.currency else None


def too_fine(amount: Decimal, currency: str) -> str | None:
    """What is wrong with an amount that its currency has no coins for."""
    most = decimals_of(currency)
    if places_of(amount) <= most:
        return None
    return f"an amount in {currency} has at most {most} decimals, found {amount}"


def check_promotions(document: CatalogDocument, problems: Problems) -> None:
    """Everything about promotion codes that the file alone can tell."""
    plans = {plan.id: plan for plan in document.plans}
    prices = {price.id: price for price in document.prices if price.id}
    seen: dict[str, str] = {}
    for promotion in document.promotions:
        if promotion.code and (first := seen.setdefault(promotion.code, promotion.path)) != (
            promotion.path
        ):
            problems.add(f"{promotion.path}.code", f'"{promotion.code}" is {first} already')
        for name, problem in _wrong(promotion, plans, prices, problems):
            problems.add(f"{promotion.path}.{name}" if name else promotion.path, problem)


def _wrong(
    promotion: PromotionEntry,
    plans: Mapping[str, PlanEntry],
    prices: Mapping[str, PriceEntry],
    problems: Problems,
) -> Iterator[tuple[str, str]]:
    yield from _wrong_value(promotion, problems)
    start, until = promotion.valid_from, promotion.valid_until
    if start and until and until < start:
        yield "valid_until", f"before {start}, its first day"
    for n, name in enumerate(promotion.plans or ()):
        plan = plans.get(name or "")
        if name and plan is None:
            yield f"plans[{n}]", f'there is no plan "{name}" in this file'
        elif plan and promotion.currency and not _is_sold_in(plan, promotion.currency, prices):
            yield f"plans[{n}]", f"{name} is not sold in {promotion.currency}"


def _wrong_value(promotion: PromotionEntry, problems: Problems) -> Iterator[tuple[str, str]]:
    known = any(problems.at(f"{promotion.path}.{name}") for name in ("percent", "amount"))
    if promotion.percent is None and promotion.amount is None and not known:
        yield "", 'say what it takes off: percent = "20", or amount = "300" with a currency'
    if promotion.percent is not None and promotion.amount is not None:
        yield "amount", "keep either percent or amount"
    for name in ("percent", "amount"):
        if getattr(promotion, name) == 0:
            yield name, "it takes nothing off: leave the code out"
    if promotion.amount is None and promotion.percent is not None and promotion.currency:
        yield "currency", "a percentage has no currency: leave it out"
    if promotion.amount is not None:
        yield from _wrong_amount(promotion.amount, promotion, problems)


def _wrong_amount(
    amount: Decimal, promotion: PromotionEntry, problems: Problems
) -> Iterator[tuple[str, str]]:
    if promotion.currency:
        if problem := too_fine(amount, promotion.currency):
            yield "amount", problem
    elif not problems.at(f"{promotion.path}.currency"):
        yield "currency", "add the currency of the amount, such as GBP"


def _is_sold_in(plan: PlanEntry, code: str, prices: Mapping[str, PriceEntry]) -> bool:
    """Whether a plan is sold in a currency, as far as can be told."""
    named = [name for option in plan.ways_to_pay for name in option.prices or ()]
    found = {prices[name].currency if name in prices else None for name in named}
    return bool(found & {None, code}) or not found
