"""A catalog of 32 options, as one real company has them: plans by the month or the year, in
several currencies, with what each has of a dozen features.
"""

from itertools import product

_MERCHANT = """
[merchant]
name = "Many"
legal_name = "Many Ways Ltd"
email = "billing@many.example"
timezone = "Europe/London"
country = "GB"
vat_rates = [{ valid_from = "2011-01-04", rate = "0.20" }]
sells_to = ["GB", "US", "DE"]
"""
_FEATURE = '[[features]]\nid = "f{n}"\nname = "Feature number {n}"\ngroup = "Group {group}"\n'
_PRICE = """
[[products.prices]]
id = "{id}"
list_price = true
currency = "{currency}"
billing_frequency = "{frequency}"
billing_type = "in_advance"
per = "user"
model = "fixed"
amount = "{amount}"
"""
_PLAN = """
[[plans]]
id = "{id}"
name = "{name}"
tagline = "For teams of every size that need more."
features = ["Everything in the plan before", "Support by e-mail", "Exports to CSV and JSON"]
values = {{ {values} }}
options = [{options}]
"""
_NAMES = ("Basic", "Standard", "Plus", "Premium", "Business", "Scale", "Expert", "Ultimate")
_RHYTHMS = ("monthly", "yearly")
_CURRENCIES = ("GBP", "EUR", "USD", "AUD")
_FEATURES = 12


def many_options(*, plans: int) -> str:
    """So many plans in as many currencies as make 32 options of them."""
    currencies = _CURRENCIES[: 32 // (plans * len(_RHYTHMS))]
    ways = list(product(currencies, _RHYTHMS))
    text = _MERCHANT
    for n in range(_FEATURES):
        text += _FEATURE.format(n=n, group=n // 4)
    for name in _NAMES[:plans]:
        text += f'\n[[products]]\nid = "{name.lower()}"\nname = "{name} platform"\n'
        for currency, frequency in ways:
            id_ = f"{name.lower()}-{frequency}-{currency.lower()}"
            amount = 12 if frequency == "monthly" else 120
            text += _PRICE.format(id=id_, currency=currency, frequency=frequency, amount=amount)
    for name in _NAMES[:plans]:
        text += _PLAN.format(
            id=name.lower(),
            name=name,
            values=", ".join(f"f{n} = true" for n in range(_FEATURES)),
            options=", ".join(
                f'{{ id = "{frequency}-{currency.lower()}", '
                f'prices = ["{name.lower()}-{frequency}-{currency.lower()}"] }}'
                for currency, frequency in ways
            ),
        )
    return text
