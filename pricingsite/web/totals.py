"""The totals of bills, by the merchant's tax: which one leads, and how they add up."""

from typing import Protocol

from flask import Flask

from pricingsite.pricing import Bill, Money, TaxLine
from pricingsite.web.formats import money
from pricingsite.web.merchant import current_tax


class _Totals(Protocol):
    """What a bill comes to, in whole minor units of its currency."""

    @property
    def net(self) -> Money: ...
    @property
    def tax(self) -> Money: ...
    @property
    def gross(self) -> Money: ...
    @property
    def taxes(self) -> tuple[TaxLine, ...]: ...


def leading(bill: Bill) -> Money:
    """The total of a bill that the merchant's pages lead with: without the tax, or with it."""
    return bill.gross if current_tax().leads else bill.net


def adding_up(bill: _Totals) -> str:
    """The sums of a bill: `£750.00 + VAT £150.00 = £900.00 incl. VAT`.

    One that names no tax says that it may be added: `US$8.00 plus sales tax where it applies`.
    """
    tax = current_tax()
    if not bill.taxes:
        return f"{money(bill.net)} {tax.added()}"
    sums = f"{money(bill.net)} + {tax.name} {money(bill.tax)} = {money(bill.gross)}"
    return f"{sums} {tax.included}"


def init_app(app: Flask) -> None:
    """Give templates the totals."""
    for function in (leading, adding_up):
        app.add_template_filter(function)
