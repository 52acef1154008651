"""An invoice's lines by EN 16931's ids.

Peppol wants a line's net to be quantity x price, plus its charges, to two hundredths: so a tier's
flat fee is a charge of its line, and what days or a coarse currency have rounded is one at its net.
No price is negative: a quantity is.
"""

from decimal import Decimal
from typing import Any

from pricingsite.integrations.e_invoice.amounts import written
from pricingsite.integrations.e_invoice.vat import category
from pricingsite.models.invoices import Invoice, InvoiceLine
from pricingsite.pricing import Money, exact_context, plain

# Peppol's tolerance (rule R120) is 0.02.
_TOLERANCE = Decimal("0.02")
# "One", in UN/ECE's list of units: a metric's own unit is in the description.
_ONE = "C62"


def line_fields(invoice: Invoice, line: InvoiceLine, sign: int) -> dict[str, Any]:
    """A line; `sign` is -1 in a credit note, whose amounts are positive."""
    its = category(invoice.tax_treatment, line.tax_rate)
    return {
        "BT-126": str(line.position),
        "BT-130": _ONE,
        "BT-131": written(invoice.money(line.net), sign),
        "BT-134": line.period_start,
        "BT-135": line.period.last_day,
        "BT-151": its.code,
        "BT-152": plain((line.tax_rate or Decimal(0)) * 100) if its.has_rate else None,
        "BT-153": line.description,
        **_priced(invoice, line, sign),
    }


def _priced(invoice: Invoice, line: InvoiceLine, sign: int) -> dict[str, Any]:
    """Its quantity, its price and what is charged besides."""
    net = invoice.money(line.net)
    with exact_context():
        units = line.quantity * line.unit_price
    fee = _fee(net, units, line)
    with exact_context():
        is_off = abs(net.amount - units - fee.amount) > _TOLERANCE
    if is_off:
        return _at_net(net, sign)
    fields: dict[str, Any] = {
        "BT-129": plain(sign * line.quantity),
        "BT-146": plain(line.unit_price),
    }
    if fee.minor:
        charged = sign * fee.minor > 0
        entry = {"amount": written(abs(fee)), "reason": "Flat fee"}
        fields["BG-28" if charged else "BG-27"] = [entry]
    return fields


def _fee(net: Money, units: Decimal, line: InvoiceLine) -> Money:
    """The flat fee, as the days of its period leave it."""
    if not line.flat_fee:
        return Money.zero(net.currency)
    if line.proration is None:
        return Money.rounded(line.flat_fee, net.currency)
    return net - Money.rounded(units, net.currency)


def _at_net(net: Money, sign: int) -> dict[str, Any]:
    """One at what the line comes to."""
    return {"BT-129": "1" if sign * net.minor >= 0 else "-1", "BT-146": written(abs(net))}
