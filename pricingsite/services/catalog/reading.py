"""Reading the catalog file: all of its validation that needs no database, in one go.

Every problem is found and reported with its path in the file, lists counted from 0:
`products[1].prices[0].tiers[2]: the last tier must not have an upper bound`. Rates are `Decimal` in
major units; a TOML float is refused wherever a decimal belongs.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from pricingsite.pricing import Aggregation, TaxShown
from pricingsite.services.catalog.announced_prices import check_announced
from pricingsite.services.catalog.bank import check_account
from pricingsite.services.catalog.conditions import check_conditions
from pricingsite.services.catalog.document import (
    CatalogDocument,
    CatalogError,
    MetricEntry,
    OptionEntry,
    PlanEntry,
    PriceEntry,
)
from pricingsite.services.catalog.merchant_entry import MerchantEntry
from pricingsite.services.catalog.plan_checks import check_plans
from pricingsite.services.catalog.plan_terms import check_plan_terms, check_promotions
from pricingsite.services.catalog.quantities import check_add_ons, check_bought, list_price_at
from pricingsite.services.catalog.toml_tables import Problems, table
from pricingsite.wording.bank import ACCOUNT

# What European law allows without an agreement to more; a British bill of 2026 would cap it there.
_LONGEST_TERMS = 60
_LONG_TERMS = (
    "more than 60 need an agreement of their own in the European Union, and a bill of 2026 would "
    "cap them in the United Kingdom"
)


def read_catalog(toml: bytes) -> CatalogDocument:
    """The catalog that a TOML file holds; raises `CatalogError` with every problem in it."""
    problems = Problems()
    document: CatalogDocument = table(CatalogDocument)(_parse(toml), "", problems)
    _check_document(document, problems)
    if problems.lines:
        raise CatalogError(tuple(problems.lines))
    return document


def _parse(toml: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(toml.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CatalogError((f"The file is not UTF-8 text: byte {error.start} is not.",)) from None
    except tomllib.TOMLDecodeError as error:
        raise CatalogError((f"The file is not TOML: {error}",)) from None
    except RecursionError:
        raise CatalogError(("The file nests lists or tables too deeply.",)) from None
    except ValueError:
        # Python reads no longer ones.
        raise CatalogError(("The file holds a number of over 4,300 digits.",)) from None


# The checks below see a document whose tables may have problems: a value that has one is None, and
# says nothing more about the others.


def _check_document(document: CatalogDocument, problems: Problems) -> None:
    if document.merchant:
        _check_merchant(document.merchant, problems)
    # A limit names a metric or a feature, so that these share their ids.
    counted = (*document.metrics, *document.features)
    for entries in (counted, document.products, document.prices, document.plans):
        _refuse_twice(entries, problems)
    for metric in document.metrics:
        _check_metric(metric, problems)
    _refuse_names_twice(document.metrics, problems)
    check_conditions(document.metrics, problems)
    metrics = {metric.id for metric in document.metrics}
    prices = {price.id: price for price in document.prices if price.id}
    products = {price.id: product.id for product in document.products for price in product.prices}
    for price in document.prices:
        _check_price(price, metrics, problems)
        check_bought(price, problems)
        _check_variant(price, prices, products, problems)
    check_announced(document, problems)
    for plan in document.plans:
        _check_plan(plan, prices, products, problems)
        check_plan_terms(plan, prices, problems)
    check_promotions(document, problems)
    check_plans(document, problems)


def _refuse_twice(entries: Iterable[Any], problems: Problems) -> None:
    seen: dict[str, str] = {}
    for entry in entries:
        if entry.id in seen:
            problems.add(f"{entry.path}.id", f'"{entry.id}" is the id of {seen[entry.id]} already')
        elif entry.id:
            seen[entry.id] = entry.path


def _refuse_names_twice(metrics: Iterable[MetricEntry], problems: Problems) -> None:
    """Refuse two metrics of one name: people could not tell them apart."""
    seen: dict[str, str] = {}
    for metric in metrics:
        name = (metric.name or "").casefold()
        if name in seen:
            problems.add(
                f"{metric.path}.name", f'"{metric.name}" is the name of {seen[name]} already'
            )
        elif name:
            seen[name] = metric.path


def remarks(document: CatalogDocument) -> tuple[str, ...]:
    """What is allowed, and still worth a second look."""
    days = document.merchant.payment_days
    long = f"merchant.payment_days: {days} days are long: {_LONG_TERMS}"
    return (*([long] if days > _LONGEST_TERMS else []), *_unnamed_alike(document))


def _unnamed_alike(document: CatalogDocument) -> tuple[str, ...]:
    """Metrics of one unit without names: pages cannot tell them apart, though they can be sold."""
    first: dict[str, MetricEntry] = {}
    found = []
    for metric in document.metrics:
        before = first.setdefault(metric.unit.casefold(), metric)
        if before is not metric and not (metric.name and before.name):
            found.append(
                f"{metric.path}: {before.path} counts by the {metric.unit} too; "
                "give both a name, so that people can tell them apart"
            )
    return tuple(found)


def _refuse_repeats(values: Iterable[str | None], path: str, problems: Problems) -> None:
    for value, times in Counter(values).items():
        if value and times > 1:
            problems.add(path, f'"{value}" is named {times} times')


def _check_merchant(merchant: MerchantEntry, problems: Problems) -> None:
    _refuse_repeats(merchant.sells_to or (), f"{merchant.path}.sells_to", problems)
    account = {name: getattr(merchant, name) for name in ACCOUNT}
    check_account(account, merchant.path, problems)
    shown = merchant.tax.shown if merchant.tax else TaxShown.EXCLUDED_AND_INCLUDED
    if merchant.vat_rates is None and shown not in {TaxShown.EXCLUDED, None}:
        problems.add(f"{merchant.path}.vat_rates", "this key is missing")
    for earlier, later in pairwise(merchant.vat_rates or ()):
        if earlier.valid_from and later.valid_from and later.valid_from <= earlier.valid_from:
            problems.add(
                f"{later.path}.valid_from", f"not after {earlier.valid_from}: days must rise"
            )


def _check_metric(metric: MetricEntry, problems: Problems) -> None:
    path, aggregation = f"{metric.path}.property", metric.aggregation
    if not aggregation:
        return
    if metric.property and not aggregation.needs_property:
        problems.add(path, f"{aggregation} takes no property")
    if aggregation.needs_property and not (metric.property or problems.at(path)):
        problems.add(path, f"{aggregation} needs a property of the event")
    if metric.default is not None and not aggregation.takes_default:
        *others, last = (one for one in Aggregation if one.takes_default)
        problems.add(
            f"{metric.path}.default", f"only {', '.join(others)} and {last} take a default"
        )


def _check_price(price: PriceEntry, metrics: set[str], problems: Problems) -> None:
    path = f"{price.path}.metric"
    if price.metric and price.metric not in metrics:
        problems.add(path, f'there is no metric "{price.metric}"')
    if not (price.structure is None or price.structure.has_flat_fees) and price.prorate_flat_fees:
        problems.add(f"{price.path}.prorate_flat_fees", "only volume and graduated have flat fees")
    if price.structure is None or price.per:
        return
    if not price.structure.is_usage:
        if price.metric:
            problems.add(path, "a fixed price takes no metric")
        return
    if not (price.metric or problems.at(path)):
        problems.add(path, f"a {price.model} price needs the metric it charges for")
    if price.billing_type == "in_advance":
        problems.add(f"{price.path}.billing_type", "a usage price is in_arrears only")


def _check_variant(
    price: PriceEntry, prices: dict[str, PriceEntry], products: dict[str, str], problems: Problems
) -> None:
    """A price is a list price or a variant of one. One that is not in the file may be archived."""
    path = f"{price.path}.variant_of"
    if price.list_price and price.variant_of:
        problems.add(path, "a list price cannot be a variant: keep either list_price or variant_of")
        return
    if price.list_price is False and not (price.variant_of or problems.at(path)):
        problems.add(price.path, "say list_price = true, or name its list price with variant_of")
    of = prices.get(price.variant_of) if price.variant_of else None
    if of is None:
        return
    if of.list_price is False:
        problems.add(path, f"{of.id} is not a list price")
    elif products[of.id] != products[price.id]:
        problems.add(path, f"{of.id} is a price of another product, {products[of.id]}")
    elif of.currency and price.currency and of.currency != price.currency:
        problems.add(path, f"{of.id} is in {of.currency}, not in {price.currency}")


def _check_plan(
    plan: PlanEntry, prices: dict[str, PriceEntry], products: dict[str, str], problems: Problems
) -> None:
    if plan.prices is not None and plan.options:
        problems.add(f"{plan.path}.options", "keep either prices or options")
    elif not (plan.prices is not None or plan.options or plan.contact) and not any(
        problems.at(f"{plan.path}.{key}") for key in ("prices", "contact")
    ):
        problems.add(f"{plan.path}.prices", "this key is missing")
    _refuse_twice(plan.options, problems)
    for option in plan.ways_to_pay:
        _check_option(option, prices, products, problems)
    check_add_ons(plan, prices, problems)


def _check_option(
    option: OptionEntry,
    prices: dict[str, PriceEntry],
    products: dict[str, str],
    problems: Problems,
) -> None:
    path = f"{option.path}.prices"
    _refuse_repeats(option.prices or (), path, problems)
    known = []
    for n, name in enumerate(option.prices or ()):
        if price := list_price_at(f"{path}[{n}]", name, prices, problems):
            known.append(price)
    currencies = dict.fromkeys(price.currency for price in known if price.currency)
    if len(currencies) > 1:
        problems.add(path, f"a plan has one currency, not {' and '.join(currencies)}")
    usage = Counter(
        products[p.id] for p in known if p.structure and p.structure.is_usage and not p.per
    )
    for product, times in usage.items():
        if times > 1:
            problems.add(path, f"{times} usage prices of product {product}: a plan has one at most")
