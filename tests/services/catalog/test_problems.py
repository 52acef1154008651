"""Every mistake that a catalog file may hold: an edit of a good one, and the line it earns."""

import pytest
from support.factories import amara_with

from pricingsite.services.catalog.document import (
    CatalogDocument,
    CatalogError,
    PlanEntry,
    PriceEntry,
)
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.catalog.toml_tables import keys_of

# What the edits below take hold of.
X_TIERS = """tiers = [
    { upper_bound = "1000", flat_fee = "250" },
    { upper_bound = "2500", unit_price = "0.45" },
    { unit_price = "0.65" },
]"""
B = 'id = "B"\nvariant_of = "A"\n'
X_METRIC = 'metric = "api_calls"\nmodel = "graduated"\ntiers = [\n'
METRIC = 'aggregation = "sum"     # one event may report a minute\'s calls\nproperty = "calls"\n'
DEFAULT = 'default = "1"           # an event without it is one call\n'
X, TIERS = "products[1].prices[0]", "products[1].prices[0].tiers"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # Numbers: a TOML float is refused wherever a decimal belongs, and so is a whole number.
        (
            'amount = "500"',
            "amount = 500.0",
            (
                'products[0].prices[0].amount: expected a decimal in quotes such as "0.45", '
                "found a float"
            ),
        ),
        (
            'amount = "500"',
            "amount = 500",
            (
                'products[0].prices[0].amount: expected a decimal in quotes such as "0.45", '
                "found a number"
            ),
        ),
        (
            'unit_price = "0.45"',
            "unit_price = 0.45",
            f'{TIERS}[1].unit_price: expected a decimal in quotes such as "0.45", found a float',
        ),
        (
            'upper_bound = "1000"',
            "upper_bound = 1000",
            f'{TIERS}[0].upper_bound: expected a decimal in quotes such as "0.45", found a number',
        ),
        (
            'rate = "0.20"',
            "rate = 0.2",
            (
                'merchant.vat_rates[0].rate: expected a decimal in quotes such as "0.45", '
                "found a float"
            ),
        ),
        (
            'default = "1"',
            "default = 1.0",
            'metrics[0].default: expected a decimal in quotes such as "0.45", found a float',
        ),
        (
            'rate = "0.20"',
            'rate = "20"',
            "merchant.vat_rates[0].rate: expected at most 1, found 20",
        ),
        (
            'default = "1"',
            'default = "1000000001"',
            "metrics[0].default: expected at most 1000000000, found 1000000001",
        ),
        (
            "payment_days = 30",
            'payment_days = "30"',
            "merchant.payment_days: expected a whole number of days from 0 to 366",
        ),
        (
            "payment_days = 30",
            "payment_days = true",
            "merchant.payment_days: expected a whole number of days from 0 to 366",
        ),
        (
            "payment_days = 30",
            "payment_days = -1",
            "merchant.payment_days: expected a whole number of days from 0 to 366",
        ),
        # Tiers: pricing says what cannot rate, the path says where.
        (
            '{ unit_price = "0.65" },',
            '{ upper_bound = "9000", unit_price = "0.65" },',
            f"{TIERS}[2]: the last tier must not have an upper bound",
        ),
        (
            'upper_bound = "2500", unit',
            "unit",
            f"{TIERS}[1]: an upper bound is missing: only the last tier has none",
        ),
        (
            'upper_bound = "2500"',
            'upper_bound = "1000"',
            f"{TIERS}[1]: upper bounds must rise: 1000 is not more than 1000",
        ),
        (X_TIERS, "tiers = []", f"{TIERS}: at least one tier is needed"),
        (X_TIERS, "tiers = [7]", f"{TIERS}[0]: expected a table of keys, found a number"),
        (X_TIERS, 'tiers = "7"', f"{TIERS}: expected a list, found text"),
        (X_TIERS, "", f"{TIERS}: this key is missing"),
        (
            'unit_price = "0.45"',
            'unit_prise = "0.45"',
            (
                f'{TIERS}[1].unit_prise: unknown key: did you mean "unit_price"? '
                "Known here: flat_fee, unit_price, upper_bound"
            ),
        ),
        # Keys: unknown ones are refused with a near miss and those that are known.
        (
            "vat_number =",
            "vat-number =",
            (
                'merchant.vat-number: unknown key: did you mean "vat_number"? Known here: '
                "account_number, bic, brand, country, email, faq, headline, how_to_pay, iban, "
                "lede, legal_name, name, payment_days, registered_office, registration, sells_to, "
                "sort_code, tax, terms_version, timezone, vat_number, vat_rates"
            ),
        ),
        (
            'id = "start"',
            'id = "start"\ncolour = 1',
            f"plans[0].colour: unknown key. Known here: {', '.join(sorted(keys_of(PlanEntry)))}",
        ),
        (
            "[merchant]",
            "[vat]\n[merchant]",
            f"vat: unknown key. Known here: {', '.join(sorted(keys_of(CatalogDocument)))}",
        ),
        (
            'amount = "500"',
            'amount = "500"\nunit_price = "1"',
            (
                "products[0].prices[0].unit_price: unknown key. Known here: "
                f"{', '.join(sorted({'amount', *keys_of(PriceEntry)}))}"
            ),
        ),
        ('unit = "API call"\n', "", "metrics[0].unit: this key is missing"),
        ('amount = "500"\n', "", "products[0].prices[0].amount: this key is missing"),
        ('model = "fixed"\n', "", "products[0].prices[0].model: this key is missing"),
        ('name = "Start"\n', "", "plans[0].name: this key is missing"),
        # Values.
        ('name = "Amara"', 'name = " "', "merchant.name: expected text, found none"),
        ('name = "Amara"', "name = 7", "merchant.name: expected text in quotes, found a number"),
        (
            'name = "Amara"',
            'name = "Amara\\nBcc: all"',
            "merchant.name: expected one line of text without control characters",
        ),
        (
            'name = "AI add-on"',
            'name = "AI \\u202eadd-on"',
            (
                "products[1].name: the text contains a character that cannot be seen: "
                "U+202E (right-to-left override)"
            ),
        ),
        (
            'registered_office = "1 ',
            'registered_office = "\\u00001 ',
            "merchant.registered_office: expected text without control characters",
        ),
        (
            "billing@amara.example",
            "billing",
            (
                'merchant.email: "billing" is not an e-mail address: '
                "An email address must have an @-sign."
            ),
        ),
        (
            '"Europe/London"',
            '"London"',
            'merchant.timezone: "London" is not an IANA time zone such as Europe/London',
        ),
        (
            'country = "GB"',
            'country = "UK"',
            'merchant.country: "UK" is not an ISO 3166 country code such as GB',
        ),
        (
            'sells_to = ["GB", "IE"]',
            'sells_to = ["GB", "EU"]',
            'merchant.sells_to[1]: "EU" is not an ISO 3166 country code such as GB',
        ),
        (
            'currency = "GBP"',
            'currency = "GPB"',
            'products[0].prices[0].currency: "GPB" is not an ISO 4217 currency code such as GBP',
        ),
        ('sells_to = ["GB", "IE"]', "sells_to = []", "merchant.sells_to: name at least one"),
        (
            'sells_to = ["GB", "IE"]',
            'sells_to = ["GB", "GB"]',
            'merchant.sells_to: "GB" is named 2 times',
        ),
        (
            'vat_rates = [{ valid_from = "2011-01-04", rate = "0.20" }]',
            "vat_rates = []",
            "merchant.vat_rates: name at least one",
        ),
        (
            'rate = "0.20" }]',
            'rate = "0.20" }, { valid_from = "2010-01-01", rate = "0.175" }]',
            "merchant.vat_rates[1].valid_from: not after 2011-01-04: days must rise",
        ),
        (
            '"2011-01-04"',
            '"4 January 2011"',
            (
                'merchant.vat_rates[0].valid_from: expected a day such as "2027-01-31", '
                'found "4 January 2011"'
            ),
        ),
        (
            'rate = "0.20" }]',
            'rate = "0.20" }, { valid_from = "2200-01-01", rate = "0.175" }]',
            "merchant.vat_rates[1].valid_from: expected a day up to 2199-12-31, found 2200-01-01",
        ),
        (
            '"2011-01-04"',
            "2011-01-04T00:00:00Z",
            (
                'merchant.vat_rates[0].valid_from: expected a day such as "2027-01-31", '
                "found a date or time"
            ),
        ),
        (
            "list_price = true",
            'list_price = "yes"',
            'products[0].prices[0].list_price: expected true or false, found "yes"',
        ),
        (
            '"monthly"',
            '"weekly"',
            (
                "products[0].prices[0].billing_frequency: expected one of monthly, quarterly, "
                'half_yearly, yearly, one_time, found "weekly"'
            ),
        ),
        (
            'model = "fixed"',
            'model = "flat"',
            (
                "products[0].prices[0].model: expected one of fixed, linear, package, volume, "
                'graduated, percentage, found "flat"'
            ),
        ),
        (
            'model = "fixed"',
            "model = []",
            (
                "products[0].prices[0].model: expected one of fixed, linear, package, volume, "
                "graduated, percentage, found a list"
            ),
        ),
        # Ids.
        (
            'id = "start"',
            'id = "Start!"',
            (
                'plans[0].id: "Start!" is not an id: use lower-case letters and digits, '
                '"-" and "_" between them'
            ),
        ),
        (
            'id = "start"',
            'id = " start"',
            (
                'plans[0].id: " start" is not an id: use lower-case letters and digits, '
                '"-" and "_" between them'
            ),
        ),
        (
            'id = "D"',
            'id = "D 1"',
            (
                'products[0].prices[3].id: "D 1" is not an id: use letters and digits, '
                '"-" and "_" between them'
            ),
        ),
        (
            'id = "D"',
            'id = "C"',
            'products[0].prices[3].id: "C" is the id of products[0].prices[2] already',
        ),
        ('id = "scale"', 'id = "start"', 'plans[1].id: "start" is the id of plans[0] already'),
        (
            'id = "ai-add-on"',
            'id = "platform"',
            'products[1].id: "platform" is the id of products[0] already',
        ),
        # Metrics.
        (
            METRIC + DEFAULT,
            'aggregation = "unique"\n',
            "metrics[0].property: unique needs a property of the event",
        ),
        (
            METRIC + DEFAULT,
            'aggregation = "count"\nproperty = "calls"\n',
            "metrics[0].property: count takes no property",
        ),
        (
            METRIC,
            'aggregation = "count"\n',
            "metrics[0].default: only sum, max and latest take a default",
        ),
        (
            'aggregation = "sum"',
            'aggregation = "mean"',
            'metrics[0].aggregation: expected one of count, sum, max, unique, latest, found "mean"',
        ),
        (
            'property = "calls"',
            "property = 1",
            "metrics[0].property: expected text in quotes, found a number",
        ),
        # Prices.
        (
            X_METRIC,
            X_METRIC.replace("api_calls", "calls"),
            f'{X}.metric: there is no metric "calls"',
        ),
        (
            X_METRIC,
            X_METRIC.replace('metric = "api_calls"\n', ""),
            f"{X}.metric: a graduated price needs the metric it charges for",
        ),
        (
            'amount = "500"',
            'amount = "500"\nmetric = "api_calls"',
            "products[0].prices[0].metric: a fixed price takes no metric",
        ),
        (
            'billing_type = "in_arrears"\nmetric',
            'billing_type = "in_advance"\nmetric',
            f"{X}.billing_type: a usage price is in_arrears only",
        ),
        (
            'amount = "500"',
            'amount = "500"\nprorate_flat_fees = true',
            "products[0].prices[0].prorate_flat_fees: only volume and graduated have flat fees",
        ),
        # List prices and their variants.
        (
            B,
            'id = "B"\n',
            "products[0].prices[1]: say list_price = true, or name its list price with variant_of",
        ),
        (
            B,
            B + "list_price = true\n",
            (
                "products[0].prices[1].variant_of: a list price cannot be a variant: "
                "keep either list_price or variant_of"
            ),
        ),
        (
            B,
            'id = "B"\nvariant_of = "C"\n',
            "products[0].prices[1].variant_of: C is not a list price",
        ),
        (
            B,
            'id = "B"\nvariant_of = "B"\n',
            "products[0].prices[1].variant_of: B is not a list price",
        ),
        (
            B,
            'id = "B"\nvariant_of = "X"\n',
            "products[0].prices[1].variant_of: X is a price of another product, ai-add-on",
        ),
        (
            f'{B}currency = "GBP"',
            f'{B}currency = "EUR"',
            "products[0].prices[1].variant_of: A is in GBP, not in EUR",
        ),
        # Plans.
        ('prices = ["A"]', "prices = []", "plans[0].prices: name at least one"),
        ('prices = ["A"]\n', "", "plans[0].prices: this key is missing"),
        (
            'prices = ["A"]',
            'prices = ["Q"]',
            'plans[0].prices[0]: there is no price "Q" in this file',
        ),
        (
            'prices = ["A", "X"]',
            'prices = ["A", "Y"]',
            "plans[1].prices[1]: Y is a variant: a plan holds list prices only",
        ),
        ('prices = ["A"]', 'prices = ["A", "A"]', 'plans[0].prices: "A" is named 2 times'),
        (
            'prices = ["A"]',
            'prices = "A"',
            "plans[0].prices: expected a list, found text",
        ),
    ],
)
def test_a_problem_is_one_line_with_its_place(old: str, new: str, problem: str) -> None:
    with pytest.raises(CatalogError) as refused:
        read_catalog(amara_with((old, new)))
    assert refused.value.problems == (problem,)
