"""Invoices in memory, as their PDF and XML read them: a snapshot needs no database.

`snapshot()` is INV-000001 of 1 November 2026 over October: one line of 500.00 and 20% VAT.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.invoices import CreditCause, Invoice, InvoiceKind, InvoiceLine
from pricingsite.models.invoices import InvoiceSeller as Seller
from pricingsite.pricing import (
    LineKind,
    Money,
    Proration,
    TaxTreatment,
    decimals_of,
    prorate,
    taxes,
)

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
VAT = Decimal("0.2")
SELLER: dict[str, Any] = {
    "name": "Amara",
    "legal_name": "Amara Software Ltd",
    "email": "billing@amara.example",
    "country": "GB",
    "registration": "Registered in England and Wales, company number 00000000",
    "registered_office": "1 Example Street, London EC1A 1AA, United Kingdom",
    "vat_number": "GB999999973",
    "tax_name": "VAT",
    "how_to_pay": "By bank transfer to Amara Software Ltd, with the invoice number as the"
    " reference.",
    "iban": None,
    "bic": None,
    "sort_code": None,
    "account_number": None,
}
BUYER: dict[str, Any] = {
    "id": "cus_ashdown",
    "legal_name": "Ashdown Ltd",
    "contact_name": "Ada Ashdown",
    "billing_email": "ada@ashdown.example",
    "line1": "12 Mill Lane",
    "line2": None,
    "town": "Lewes",
    "postcode": "BN7 2AA",
    "country": "GB",
    "tax_id": None,
}
DUTCH = BUYER | {
    "legal_name": "Kanaal BV",
    "country": "NL",
    "town": "Utrecht",
    "postcode": "3511 AB",
    "tax_id": "NL123456782B90",
}


def line(
    description: str = "Platform access",
    quantity: str = "1",
    unit_price: str = "500",
    *,
    days: tuple[date, date] = (OCTOBER, NOVEMBER),
    used: tuple[int, int] | None = None,
    **columns: Any,
) -> InvoiceLine:
    """A line; its net is what it says comes to, in a currency of `decimals`, where none is given.

    `used` are the days of a period that scale its fee.
    """
    flat = columns.pop("flat_fee", None)
    currency = columns.pop("currency", "GBP")
    units, fee = Decimal(quantity) * Decimal(unit_price), Decimal(flat or 0)
    if used and flat is None:
        net = Money.rounded(prorate(units, Proration(*used)), currency)
    elif used:
        net = Money.rounded(prorate(fee, Proration(*used)) + units.as_integer_ratio()[0], currency)
    else:
        net = Money.rounded(units + fee, currency)
    row = {
        "kind": LineKind.FIXED,
        "price_id": "A",
        "billed_on": days[1],
        "period_start": days[0],
        "period_end": days[1],
        "description": description,
        "quantity": Decimal(quantity),
        "unit": None,
        "unit_price": Decimal(unit_price),
        "flat_fee": None if flat is None else Decimal(flat),
        "proration_days": used[0] if used else None,
        "proration_of": used[1] if used else None,
        "tax_rate": VAT,
        "net": net.minor,
    }
    return InvoiceLine(**row | columns)


def snapshot(*lines: InvoiceLine, currency: str = "GBP", **columns: Any) -> Invoice:
    """An invoice of lines; `columns` replace its own, `seller` and `buyer` parts of them."""
    rows = list(lines) or [line()]
    for position, row in enumerate(rows, 1):
        row.position = position
    by_rate = taxes((r.tax_rate, Money(r.net, currency)) for r in rows if r.tax_rate is not None)
    net, tax = sum(row.net for row in rows), sum(one.tax.minor for one in by_rate)
    seller = Seller(id=1, digest="", details=SELLER | columns.pop("seller", {}))
    corrects = columns.pop("corrects", None)
    invoice = Invoice(
        **{
            "id": 1,
            "kind": InvoiceKind.INVOICE,
            "number": "INV-000001",
            "customer_id": "cus_ashdown",
            "billed_on": NOVEMBER,
            "currency": currency,
            "period_start": min(row.period_start for row in rows),
            "period_end": max(row.period_end for row in rows),
            "net": net,
            "tax": tax,
            "gross": net + tax,
            "tax_lines": [[f"{t.rate:f}", str(t.net.minor), str(t.tax.minor)] for t in by_rate],
            "tax_treatment": TaxTreatment.STANDARD,
            "tax_point": NOVEMBER,
            "language": "en",
            "drafted_at": datetime(2026, 11, 1, 0, 0, 1, 234567, tzinfo=UTC),
            "issued_at": datetime(2026, 11, 1, 1, 0, 2, 345678, tzinfo=UTC),
            "issued_on": NOVEMBER,
            "due_on": NOVEMBER + timedelta(days=30),
        }
        | columns
        | {"buyer": BUYER | columns.get("buyer", {})}
    )
    set_committed_value(invoice, "lines", rows)
    set_committed_value(invoice, "seller", seller)
    set_committed_value(invoice, "corrects", corrects)
    return invoice


def draft() -> Invoice:
    """A draft: it has no number and no day yet."""
    return snapshot(number=None, issued_at=None, issued_on=None, due_on=None)


def credit_note(*lines: InvoiceLine, **columns: Any) -> Invoice:
    """A credit note of lines, which corrects `snapshot()`."""
    return snapshot(
        *lines,
        **{
            "kind": InvoiceKind.CREDIT_NOTE,
            "number": "CN-000001",
            "cause": CreditCause.USAGE,
            "reason": "100 API calls of October were voided.",
            "corrects": snapshot(),
        }
        | columns,
    )


def calls(description: str, quantity: str, unit_price: str, **columns: Any) -> InvoiceLine:
    """A line of usage."""
    return line(
        f"AI add-on: {description}",
        quantity,
        unit_price,
        **{"kind": LineKind.USAGE, "price_id": "X", "unit": "API calls"} | columns,
    )


def billed_before(net: str, description: str, **columns: Any) -> InvoiceLine:
    """A line that takes back what was billed."""
    return line(
        f"{description}: billed before", "-1", net, **{"kind": LineKind.ADJUSTMENT} | columns
    )


def tiers(**columns: Any) -> list[InvoiceLine]:
    """The lines of Scale at 1,500 calls: 500.00, 250.00 and 225.00."""
    return [
        line(**columns),
        calls("first 1,000 API calls", "1000", "0", flat_fee="250", **columns),
        calls("API calls 1,001 to 2,500", "500", "0.45", flat_fee="0", **columns),
    ]


def late_usage() -> Invoice:
    """November's charges, and October's usage as it is now."""
    return snapshot(
        line(days=(NOVEMBER, DECEMBER)),
        calls("first 1,000 API calls", "1000", "0", flat_fee="250", kind=LineKind.ADJUSTMENT),
        calls("API calls 1,001 to 2,500", "100", "0.45", kind=LineKind.ADJUSTMENT),
        billed_before("250", "AI add-on: first 1,000 API calls"),
    )


def in_yen(quantity: str = "1001", unit_price: str = "0.45") -> Invoice:
    """An invoice in a currency without decimals, whose units come to a part of one."""
    return snapshot(
        line(unit_price="50000", currency="JPY", tax_rate=Decimal("0.1")),
        calls("API calls", quantity, unit_price, currency="JPY", tax_rate=Decimal("0.1")),
        currency="JPY",
    )


def of_lines(count: int) -> Invoice:
    """An invoice of many lines."""
    return snapshot(
        *(calls(f"Region {n}, API calls", f"{1000 + n * 7}", "0.00125") for n in range(count))
    )


def untaxed(treatment: TaxTreatment, buyer: dict[str, Any], **columns: Any) -> Invoice:
    """An invoice to a customer who is charged no tax."""
    return snapshot(*tiers(tax_rate=Decimal(0)), tax_treatment=treatment, buyer=buyer, **columns)


KINDS: dict[str, Callable[[], Invoice]] = {
    "plain": snapshot,
    "tier with a flat fee": lambda: snapshot(*tiers()),
    "prorated fees": lambda: snapshot(
        line(unit_price="600", used=(16, 31), days=(date(2026, 10, 16), NOVEMBER)),
        line("7 seats", "7", "10", used=(13, 30)),
        calls("first 1,000 API calls", "1000", "0.333", flat_fee="250", used=(16, 31), net=46203),
    ),
    "late usage": late_usage,
    "advance with arrears": lambda: snapshot(
        line("Support, yearly", unit_price="5000", days=(NOVEMBER, date(2027, 11, 1))), *tiers()
    ),
    "discount": lambda: snapshot(
        *tiers(),
        line("Discount LAUNCH, 20%", "-1", "195", kind=LineKind.DISCOUNT, price_id=None),
    ),
    "minimum": lambda: snapshot(
        line(),
        line("Minimum commitment", "1", "500", kind=LineKind.MINIMUM, price_id=None),
    ),
    "two rates": lambda: snapshot(line(), line("Handbook", "3", "20", tax_rate=Decimal("0.05"))),
    "reverse charge": lambda: untaxed(TaxTreatment.REVERSE_CHARGE, DUTCH),
    "reverse charge with an earlier period's VAT": lambda: snapshot(
        line(tax_rate=Decimal(0)),
        calls("API calls", "100", "0.45", kind=LineKind.ADJUSTMENT),
        tax_treatment=TaxTreatment.REVERSE_CHARGE,
        buyer=DUTCH,
    ),
    "outside scope": lambda: untaxed(
        TaxTreatment.OUTSIDE_SCOPE, {"country": "US", "tax_id": "12-3456789", "postcode": "94107"}
    ),
    "zero rate": lambda: untaxed(TaxTreatment.STANDARD, {}),
    "no tax": lambda: snapshot(*tiers(tax_rate=None), seller={"vat_number": None}),
    "purchase order": lambda: snapshot(purchase_order="PO-4711"),
    "bank account": lambda: snapshot(seller={"iban": "GB33BUKB20201555555555", "bic": "BUKBGB22"}),
    "sort code": lambda: snapshot(seller={"sort_code": "20-20-15", "account_number": "55555555"}),
    "credit note": lambda: credit_note(
        line("Platform access: credit", "-1", "500", kind=LineKind.ADJUSTMENT)
    ),
    "credit note for usage": lambda: credit_note(
        calls("first 1,000 API calls", "1000", "0", flat_fee="250", kind=LineKind.ADJUSTMENT),
        calls("API calls 1,001 to 2,500", "1500", "0.45", kind=LineKind.ADJUSTMENT),
        billed_before("250", "AI add-on: first 1,000 API calls"),
        billed_before("740", "AI add-on: API calls"),
    ),
    "credit note with reverse charge": lambda: credit_note(
        line("Platform access: credit", "-1", "500", tax_rate=Decimal(0)),
        tax_treatment=TaxTreatment.REVERSE_CHARGE,
        buyer=DUTCH,
    ),
    "yen": in_yen,
    "dinar": lambda: snapshot(line(unit_price="150.5", currency="KWD"), currency="KWD"),
    "another currency": lambda: snapshot(
        *tiers(currency="USD"),
        currency="USD",
        merchant_currency="GBP",
        merchant_tax=15405,
        exchange_rate=Decimal("0.79"),
    ),
    "tiny price": lambda: snapshot(calls("API calls", "123456.789", "0.000000000001")),
    "500 lines": lambda: of_lines(500),
}
assert decimals_of("KWD") == 3
