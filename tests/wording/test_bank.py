"""A bank account in words."""

import pytest

from pricingsite.wording.bank import bank_words, payment_words

BRITISH = {"sort_code": "20-20-15", "account_number": "55555555"}
EUROPEAN = {"iban": "NL91ABNA0417164300", "bic": "ABNANL2A"}


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ({}, ""),
        ({"iban": None, "bic": None, "sort_code": None, "account_number": None}, ""),
        (BRITISH, "Sort code 20-20-15, account number 55555555."),
        (EUROPEAN, "IBAN NL91 ABNA 0417 1643 00, BIC ABNANL2A."),
        ({"iban": "NL91ABNA0417164300"}, "IBAN NL91 ABNA 0417 1643 00."),
        (
            BRITISH | EUROPEAN,
            (
                "Sort code 20-20-15, account number 55555555. IBAN NL91 ABNA 0417 1643 00, "
                "BIC ABNANL2A."
            ),
        ),
    ],
)
def test_an_account_is_written_as_it_is_typed(account: dict[str, str | None], words: str) -> None:
    assert bank_words(account) == words


def test_what_the_merchant_says_comes_first() -> None:
    assert payment_words({}) == ""
    assert payment_words({"how_to_pay": "By cheque."}) == "By cheque."
    assert payment_words({"how_to_pay": "By transfer."} | BRITISH) == (
        "By transfer. Sort code 20-20-15, account number 55555555."
    )
