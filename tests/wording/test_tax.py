"""The tax in words, by whatever name a merchant has for it."""

import pytest

from pricingsite.pricing import TaxShown
from pricingsite.wording.tax import Tax


def test_vat_is_what_it_is_called_unless_the_merchant_says_otherwise() -> None:
    tax = Tax()
    assert (tax.excluded, tax.included, tax.number) == ("excl. VAT", "incl. VAT", "VAT number")
    assert tax.included_at("20%") == "incl. 20% VAT"
    assert tax.at("20%") == "VAT at 20%"
    assert tax.added("20%") == "plus VAT at 20%"


def test_another_tax_has_its_own_name() -> None:
    tax = Tax("sales tax", TaxShown.EXCLUDED)
    assert tax.excluded == "excl. sales tax"
    assert tax.added() == "plus sales tax where it applies"


@pytest.mark.parametrize(
    ("shown", "leads", "beside", "label"),
    [
        (TaxShown.EXCLUDED_AND_INCLUDED, False, True, "excl. GST"),
        (TaxShown.INCLUDED, True, True, "incl. GST"),
        (TaxShown.EXCLUDED, False, False, "excl. GST"),
    ],
)
def test_what_is_shown_decides_which_amount_leads(
    *, shown: TaxShown, leads: bool, beside: bool, label: str
) -> None:
    tax = Tax("GST", shown)
    assert (tax.leads, tax.beside, tax.label) == (leads, beside, label)
