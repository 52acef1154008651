"""By when the law wants an invoice or a credit note issued."""

from datetime import date

import pytest

from pricingsite.services.billing.issue_dates import issue_by

TAX_POINT = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("merchant", "customer", "tax_point", "last"),
    [
        ("GB", "GB", TAX_POINT, date(2026, 12, 31)),
        ("GB", "DE", TAX_POINT, date(2026, 12, 31)),
        ("GB", "US", date(2028, 2, 1), date(2028, 3, 2)),
        ("NL", "DE", TAX_POINT, date(2027, 1, 15)),
        ("NL", "DE", date(2026, 12, 31), date(2027, 1, 15)),
        ("NL", "GR", date(2027, 1, 31), date(2027, 2, 15)),
        ("NL", "DE", date(2028, 2, 29), date(2028, 3, 15)),
        ("NL", "NL", TAX_POINT, None),
        ("NL", "GB", TAX_POINT, None),
        ("NL", "US", TAX_POINT, None),
        ("US", "DE", TAX_POINT, None),
        ("AU", "AU", TAX_POINT, None),
    ],
)
def test_an_invoice_has_the_deadline_of_its_merchants_country(
    merchant: str, customer: str, tax_point: date, last: date | None
) -> None:
    assert issue_by(merchant, customer, tax_point) == last


@pytest.mark.parametrize(
    ("merchant", "customer", "last"),
    [
        ("GB", "GB", date(2026, 12, 15)),
        ("NL", "DE", date(2026, 12, 15)),
        ("NL", "NL", date(2026, 12, 15)),
        ("US", "US", None),
    ],
)
def test_a_credit_note_has_two_weeks(merchant: str, customer: str, last: date | None) -> None:
    assert issue_by(merchant, customer, TAX_POINT, credit_note=True) == last
