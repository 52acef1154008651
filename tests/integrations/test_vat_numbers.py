"""VAT numbers on e-invoices: EN 16931 (BR-CO-09) takes ISO 3166 prefixes, EL and XI."""

import pytest

from pricingsite.integrations.e_invoice.vat import number_of


@pytest.mark.parametrize("typed", ["NL 123456782 B90", "el-094259216", "XI 123456789"])
def test_a_number_of_a_country_is_one(typed: str) -> None:
    assert number_of(typed)


@pytest.mark.parametrize("typed", ["EU372000041", "XK12345678", "UN12345678", "12-3456789"])
def test_what_has_no_countrys_prefix_is_none(typed: str) -> None:
    assert number_of(typed) is None
