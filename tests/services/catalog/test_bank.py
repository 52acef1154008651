"""The merchant's bank account in the catalog file."""

import pytest
from sqlalchemy.orm import Session
from support.factories import APPLIED_AT, amara_with

from pricingsite.models.merchant import Merchant
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.invoices.snapshots import seller_details

IBAN = 'iban = "GB33BUKB20201555555555"'
BIC = 'bic = "BUKBGB22"'
SORT_CODE = 'sort_code = "20-20-15"'
NUMBER = 'account_number = "55555555"'


def test_it_is_stored_as_banks_write_it_and_goes_into_invoices(session: Session) -> None:
    typed = (
        (IBAN, 'iban = "gb33 bukb 2020 1555 5555 55"'),
        (BIC, 'bic = "bukb gb 22 xxx"'),
        (SORT_CODE, 'sort_code = "202015"'),
    )
    apply(session, read_catalog(amara_with(*typed)), archive=False, now=APPLIED_AT)
    merchant = session.get_one(Merchant, 1)
    details = seller_details(merchant)
    assert [details[name] for name in ("iban", "bic", "sort_code", "account_number")] == [
        "GB33BUKB20201555555555",
        "BUKBGB22XXX",
        "20-20-15",
        "55555555",
    ]
    assert merchant.payment_words.endswith(
        "with the invoice number as the reference. Sort code 20-20-15, account number 55555555. "
        "IBAN GB33 BUKB 2020 1555 5555 55, BIC BUKBGB22XXX."
    )


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        (
            [(IBAN, 'iban = "GB34BUKB20201555555555"')],
            (
                'merchant.iban: "GB34BUKB20201555555555" is not an IBAN: the number\'s checksum or '
                "check digit is invalid"
            ),
        ),
        ([(IBAN, "iban = 7")], "merchant.iban: expected text in quotes, found a number"),
        (
            [(BIC, 'bic = "BUKB"')],
            'merchant.bic: "BUKB" is not a BIC: the number has an invalid length',
        ),
        (
            [(SORT_CODE, 'sort_code = "20-20-1"')],
            'merchant.sort_code: expected a sort code such as "20-20-15", found "20-20-1"',
        ),
        (
            [(NUMBER, 'account_number = "5555555"')],
            'merchant.account_number: expected an account number of 8 digits, found "5555555"',
        ),
        ([(SORT_CODE, "")], "merchant.account_number: needs sort_code beside it"),
        ([(NUMBER, "")], "merchant.sort_code: needs account_number beside it"),
        ([(IBAN, "")], "merchant.bic: needs iban beside it"),
        (
            [(NUMBER, 'account_number = "55555556"')],
            "merchant.iban: is of another account than the account number",
        ),
    ],
)
def test_what_nobody_could_pay_into_is_refused(edits: list[tuple[str, str]], problem: str) -> None:
    with pytest.raises(CatalogError) as refused:
        read_catalog(amara_with(*edits))
    assert refused.value.problems == (problem,)
