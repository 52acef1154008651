"""A first catalog, made of a few answers: one plan, with or without a charge for usage."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pricingsite.pricing import plain
from pricingsite.services.catalog.key_descriptions import DESCRIPTIONS
from pricingsite.services.catalog.writing import id_for, write_catalog

_HEADER = """\
What {name} sells. `flask catalog check {file}` says what it would come to, and \
`flask catalog apply {file}` puts it on the site.
Amounts and rates are decimals in quotes, in {currency}, without {tax}.
Your editor can complete and check the keys: run `flask catalog schema > catalog.schema.json`, and \
make this the first line here:
#:schema ./catalog.schema.json

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """How usage is charged: what is counted, and the keys of the price's structure."""

    unit: str
    unit_plural: str
    property: str | None
    structure: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is asked of somebody who starts a catalog.

    `tax_percent` and `fee` are decimals; `iban` may be empty.
    """

    name: str
    legal_name: str
    email: str
    country: str
    timezone: str
    currency: str
    tax: str
    tax_percent: str
    iban: str
    plan: str
    fee: str
    billing_frequency: str
    billing_type: str
    usage: Charge | None


def starter(answers: Answers, *, file: str, today: date) -> str:
    """A catalog file with a remark at each key's first place; its tax is valid from this year."""
    said: set[str] = set()

    def remark(path: str) -> str:
        if not path:
            return _HEADER.format(
                name=answers.name, currency=answers.currency, tax=answers.tax, file=file
            )
        place = re.sub(r"\[\d+\]", "", path)
        known = place in said
        said.add(place)
        return "" if known else DESCRIPTIONS.get(place, "")

    return write_catalog(_document(answers, today), remark)


def _document(answers: Answers, today: date) -> dict[str, Any]:
    plan = id_for(answers.plan)
    product = {"id": id_for(answers.name), "name": answers.name}
    fee = {
        "id": f"{plan}-{id_for(answers.billing_frequency)}",
        **_list_price(answers, answers.billing_frequency, answers.billing_type),
        "model": "fixed",
        "amount": answers.fee,
    }
    products: list[dict[str, Any]] = [{**product, "prices": [fee]}]
    if answers.usage:
        products.append(_usage_product(answers, answers.usage, product["id"]))
    prices = [price["id"] for product in products for price in product["prices"]]
    metrics = {"metrics": [_metric(answers.usage)]} if answers.usage else {}
    return {
        "merchant": _merchant(answers, today),
        **metrics,
        "products": products,
        "plans": [{"id": plan, "name": answers.plan, "prices": prices}],
    }


def _merchant(answers: Answers, today: date) -> dict[str, Any]:
    return {
        "name": answers.name,
        "legal_name": answers.legal_name,
        "email": answers.email,
        "timezone": answers.timezone,
        "country": answers.country,
        **({"iban": answers.iban} if answers.iban else {}),
        **_tax(answers, today),
        "sells_to": [answers.country],
    }


def _tax(answers: Answers, today: date) -> dict[str, Any]:
    """The tax's name, and its rate; without one, prices are "plus sales tax where it applies"."""
    percent = Decimal(answers.tax_percent)
    if not percent:
        return {"tax": {"name": answers.tax, "shown": "excluded"}}
    rates = [{"valid_from": f"{today.year}-01-01", "rate": plain(percent / 100)}]
    return {
        **({} if answers.tax == "VAT" else {"tax": {"name": answers.tax}}),
        "vat_rates": rates,
    }


def _metric(usage: Charge) -> dict[str, Any]:
    by = {"property": usage.property} if usage.property else {}
    return {
        "id": _metric_id(usage),
        "event_type": id_for(usage.unit, between="_"),
        "aggregation": "sum" if by else "count",
        **by,
        "unit": usage.unit,
        "unit_plural": usage.unit_plural,
    }


def _metric_id(usage: Charge) -> str:
    return id_for(usage.unit_plural, between="_")


def _usage_product(answers: Answers, usage: Charge, taken: str) -> dict[str, Any]:
    id_ = id_for(usage.unit_plural, {taken})
    name = f"{usage.unit_plural[:1].upper()}{usage.unit_plural[1:]}"
    # However seldom the fee is billed, usage is known and billed by the month.
    price = {
        "id": f"{id_}-monthly",
        **_list_price(answers, "monthly", "in_arrears"),
        "metric": _metric_id(usage),
        **usage.structure,
    }
    return {"id": id_, "name": name, "prices": [price]}


def _list_price(answers: Answers, frequency: str, type_: str) -> dict[str, Any]:
    return {
        "list_price": True,
        "currency": answers.currency,
        "billing_frequency": frequency,
        "billing_type": type_,
    }
