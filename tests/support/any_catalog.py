"""Catalogs of every shape that a file can say, as Hypothesis makes them; as plain values.

Most can be applied. What refuses the others is not asked here.
"""

from typing import Any

from hypothesis import strategies as st

from pricingsite.pricing import Aggregation, BillingFrequency

Table = dict[str, Any]
Draw = st.DrawFn

# Nothing, a part of a coin, a rate too small to see, and as much as there can be.
AMOUNTS = st.sampled_from(
    ["0", "0.5", "1", "7.25", "99.995", "1200", "0.0015", "0.000000000023", "999999999999999"]
)
BOUNDS = ["0.000001", "0.5", "1", "10", "12", "1000", "2500", "1000000", "5000000000000"]
COINS = {"GBP": "12.34", "EUR": "100", "USD": "0.01", "JPY": "5000", "KWD": "1.234"}
FREQUENCIES = st.sampled_from([str(one) for one in BillingFrequency])
BILLING_TYPES = st.sampled_from(["in_advance", "in_arrears"])
WORDS = st.sampled_from(["Most start here.", "<b>A & B</b>", "Größe – 100 % 計画", "x" * 80])
NAMES = ["Reads", "Größe", "A very long name of what is counted & billed", "<i>Writes</i>"]
UNITS = ["GB", "API call", "euro of sales", "vCPU-hour", "計画"]
MERCHANT: Table = {
    "name": "Any & Co",
    "legal_name": "Any Company Ltd",
    "email": "billing@any.example",
    "country": "GB",
    "sells_to": ["GB", "DE", "US"],
}


@st.composite
def _some(draw: Draw, **keys: Any) -> Table:
    """A table with any of these keys."""
    return {name: draw(value) for name, value in keys.items() if draw(st.booleans())}


@st.composite
def _merchant(draw: Draw) -> Table:
    shown = draw(st.sampled_from([None, "excluded", "excluded_and_included", "included"]))
    merchant = MERCHANT | {"timezone": draw(st.sampled_from(["Europe/London", "Asia/Tokyo"]))}
    faq = st.lists(st.fixed_dictionaries({"question": WORDS, "answer": WORDS}), max_size=2)
    merchant |= draw(_some(headline=WORDS, lede=WORDS, how_to_pay=WORDS, faq=faq))
    if shown:
        name = draw(st.sampled_from(["VAT", "GST", "sales tax"]))
        merchant["tax"] = {"name": name, "shown": shown}
    if shown != "excluded" or draw(st.booleans()):
        rate = draw(st.sampled_from(["0", "0.20", "0.081", "1"]))
        merchant["vat_rates"] = [{"valid_from": "2011-01-04", "rate": rate}]
    return merchant


@st.composite
def _metric(draw: Draw, n: int) -> Table:
    aggregation = draw(st.sampled_from(list(Aggregation)))
    # Two of one unit may be told apart by their names, or not at all.
    metric = {"id": f"m{n}", "event_type": f"event-{n}", "aggregation": str(aggregation)}
    metric["unit"] = draw(st.sampled_from(UNITS))
    if aggregation.needs_property:
        metric["property"] = "n"
    if aggregation.takes_default:
        metric |= draw(_some(default=st.sampled_from(["0", "1", "2.5"])))
    return metric | draw(
        _some(
            name=st.just(NAMES[n]),
            display_per=st.sampled_from(["1", "7", "1000", "1000000000"]),
            where=st.sampled_from([{"region": "eu"}, {"region": "us ", "ä b": "<x>"}]),
            whole=st.booleans(),
            unit_plural=st.just("many of them"),
        )
    )


@st.composite
def _tiers(draw: Draw) -> list[Table]:
    bounds = sorted(draw(st.sets(st.sampled_from(BOUNDS), max_size=3)), key=float)
    ends: list[Table] = [*({"upper_bound": bound} for bound in bounds), {}]
    return [end | draw(_some(unit_price=AMOUNTS, flat_fee=AMOUNTS)) for end in ends]


@st.composite
def _structure(draw: Draw, model: str) -> Table:
    found: Table = {"model": model}
    if model == "fixed":
        return found | {"amount": draw(AMOUNTS)}
    if model in {"volume", "graduated"}:
        return found | {"tiers": draw(_tiers())}
    if model == "percentage":
        return found | {"rate": draw(st.sampled_from(["0", "0.029", "1", "0.000000000023"]))}
    if model == "package":
        found["package_size"] = draw(st.sampled_from(BOUNDS[1:]))
    amount = "package_price" if model == "package" else "unit_price"
    return found | {amount: draw(AMOUNTS)} | draw(_some(included=st.sampled_from(BOUNDS)))


@st.composite
def _price(draw: Draw, id_: str, currency: str, metrics: list[Table]) -> Table:
    kind = draw(st.sampled_from(["fixed", "bought", "usage", "usage"] if metrics else ["bought"]))
    price: Table = {"id": id_, "list_price": True, "currency": currency}
    price["billing_frequency"] = draw(FREQUENCIES)
    price |= draw(_some(name=WORDS))
    if kind == "usage":
        models = ["linear", "package", "percentage", "volume", "graduated"]
        price |= {"billing_type": "in_arrears"}
        price["metric"] = draw(st.sampled_from([metric["id"] for metric in metrics]))
        price |= draw(_structure(draw(st.sampled_from(models))))
        if "tiers" in price:
            price |= draw(_some(prorate_flat_fees=st.booleans()))
        return price
    price["billing_type"] = draw(BILLING_TYPES)
    if kind == "fixed":
        return price | draw(_structure("fixed"))
    price |= {"per": draw(st.sampled_from(["seat", "<b>site</b>"]))}
    price |= draw(_structure(draw(st.sampled_from(["fixed", "volume", "graduated"]))))
    least = st.sampled_from(["1", "3", "10"])
    most = st.sampled_from(["10", "50", "1000000"])
    return price | draw(
        _some(minimum_quantity=least, maximum_quantity=most, per_plural=st.just("places"))
    )


@st.composite
def _announced(draw: Draw, price: Table) -> Table:
    """The same price from a later day on, at another amount."""
    same = {k: v for k, v in price.items() if k not in {"amount", "unit_price", "package_price"}}
    other = {k: draw(AMOUNTS) for k in price if k not in same}
    return (
        same
        | other
        | {"id": price["id"] + "b", "replaces": price["id"]}
        | {"valid_from": draw(st.sampled_from(["2026-11-24", "2027-01-01"]))}
    )


@st.composite
def _products(draw: Draw, currencies: list[str], metrics: list[Table]) -> list[Table]:
    products = []
    for n in range(draw(st.integers(1, 3))):
        prices = []
        for currency in currencies:
            for k in range(draw(st.integers(1, 2))):
                price = draw(_price(f"P{n}-{currency}-{k}", currency, metrics))
                prices.append(price)
                if draw(st.integers(0, 7)) == 0:
                    prices.append(draw(_announced(price)))
                if draw(st.integers(0, 7)) == 0:
                    of = {"id": f"{price['id']}v", "list_price": False, "variant_of": price["id"]}
                    prices.append(price | of)
        about = draw(_some(description=WORDS))
        products.append({"id": f"p{n}", "name": f"Product {n}", **about, "prices": prices})
    return products


@st.composite
def _chosen(draw: Draw, products: list[Table], currency: str) -> list[str]:
    """List prices of one currency, one usage price of a product at most."""
    names: list[str] = []
    for product in products:
        fitting = [
            one
            for one in product["prices"]
            if one["currency"] == currency and not {"replaces", "variant_of"} & one.keys()
        ]
        used = [one for one in fitting if "metric" in one]
        fixed = [one for one in fitting if "metric" not in one]
        names += draw(st.lists(st.sampled_from(used), max_size=1).map(_ids)) if used else []
        names += _ids(fixed) if fixed and draw(st.booleans()) else []
    every = [one["id"] for p in products for one in p["prices"] if one["currency"] == currency]
    return names or every[:1]


def _ids(prices: list[Table]) -> list[str]:
    return [price["id"] for price in prices]


@st.composite
def _options(draw: Draw, products: list[Table], currencies: list[str]) -> Table:
    if draw(st.booleans()):
        return {"prices": draw(_chosen(products, draw(st.sampled_from(currencies))))}
    options = []
    for n in range(draw(st.integers(1, 3))):
        currency = draw(st.sampled_from(currencies))
        option = {"id": f"o{n}", "prices": draw(_chosen(products, currency))}
        options.append(option | draw(_some(note=WORDS)))
    return {"options": options}


@st.composite
def _add_ons(draw: Draw, products: list[Table], plan: Table) -> list[Table]:
    ways = plan.get("options") or [plan]
    taken = {name for way in ways for name in way["prices"]}
    used = [p["currency"] for q in products for p in q["prices"] if p["id"] in taken]
    free = [
        price
        for product in products
        for price in product["prices"]
        if price["id"] not in taken
        and price["currency"] in used
        and not {"metric", "replaces", "variant_of"} & price.keys()
    ]
    if not free:
        return []
    add_ons = []
    for price in draw(st.lists(st.sampled_from(free), max_size=2, unique_by=lambda p: p["id"])):
        most = draw(_some(maximum_quantity=st.just("10" if "per" in price else "1")))
        add_ons.append({"price": price["id"], **most})
    return add_ons


@st.composite
def _plan(draw: Draw, n: int, features: list[Table], counted: list[str], **sold: Any) -> Table:
    plan: Table = {"id": f"plan-{n}", "name": draw(st.sampled_from(["Start", "A & B"])) + f" {n}"}
    plan |= draw(_some(tagline=WORDS, features=st.lists(WORDS, max_size=2)))
    names = [feature["id"] for feature in features]
    values = st.booleans() | WORDS
    limits = st.sampled_from(["0", "3", "2.5", "1000000000000"])
    plan["values"] = {name: draw(values) for name in names if draw(st.booleans())}
    plan["limits"] = {name: draw(limits) for name in counted if draw(st.booleans())}
    if draw(st.integers(0, 5)) == 0:
        contact = st.sampled_from(["sales@any.example", "https://any.example/talk?a=1&b=2"])
        return plan | {"contact": draw(contact)}
    plan |= draw(_options(sold["products"], sold["currencies"]))
    if draw(st.booleans()) and (add_ons := draw(_add_ons(sold["products"], plan))):
        plan["add_ons"] = add_ons
    if draw(st.integers(0, 2)) == 0:
        plan["trial_days"] = draw(st.sampled_from([1, 14, 365]))
        plan |= draw(_some(trial_then=st.sampled_from(["ends", "continues"])))
    if draw(st.integers(0, 2)) == 0:
        plan["minimum"] = draw(st.sampled_from(["1", "1000", "12.5", "999999999999999"]))
    return plan


@st.composite
def _promotion(draw: Draw, n: int, plans: list[Table], currencies: list[str]) -> Table:
    found: Table = {"code": f"CODE-{n}"}
    if draw(st.booleans()):
        found["percent"] = draw(st.sampled_from(["0.0001", "20", "100"]))
    else:
        currency = draw(st.sampled_from(currencies))
        found |= {"amount": COINS[currency], "currency": currency}
    return found | draw(
        _some(
            periods=st.sampled_from([1, 3, 120]),
            plans=st.just([plan["id"] for plan in plans[:1]]),
            new_customers_only=st.booleans(),
            valid_from=st.just("2026-01-01"),
            valid_until=st.sampled_from(["2026-06-30", "2027-03-31"]),
            maximum_redemptions=st.sampled_from([1, 500]),
        )
    )


@st.composite
def catalogs(draw: Draw) -> Table:
    """A whole catalog file as plain values, in the file's order."""
    metrics = [draw(_metric(n)) for n in range(draw(st.integers(1, 3)))]
    currencies = draw(st.lists(st.sampled_from(list(COINS)), min_size=1, max_size=2, unique=True))
    products = draw(_products(currencies, metrics))
    features = [
        {"id": f"f{n}", "name": f"Feature {n}", **draw(_some(group=WORDS, description=WORDS))}
        for n in range(draw(st.integers(0, 3)))
    ]
    counted = [one["id"] for one in (*metrics, *features)]
    plans = [
        draw(_plan(n, features, counted, products=products, currencies=currencies))
        for n in range(draw(st.integers(1, 3)))
    ]
    if draw(st.booleans()):
        draw(st.sampled_from(plans))["recommended"] = draw(WORDS)
    promotions = [draw(_promotion(n, plans, currencies)) for n in range(draw(st.integers(0, 2)))]
    return {
        "merchant": draw(_merchant()),
        "metrics": metrics,
        "products": products,
        **({"features": features} if features else {}),
        "plans": plans,
        **({"promotions": promotions} if promotions else {}),
    }
