"""How an invoice is paid, in words: what the merchant says, and its bank account."""

from collections.abc import Mapping

# What is known of a merchant, or of the seller of an invoice: text, or nothing.
Known = Mapping[str, str | None]

ACCOUNT = ("iban", "bic", "sort_code", "account_number")


def payment_words(seller: Known) -> str:
    """How to pay and into which account; nothing where neither is known."""
    return " ".join(filter(None, [seller.get("how_to_pay"), bank_words(seller)]))


def bank_words(seller: Known) -> str:
    """The account, as somebody types it: `IBAN GB33 BUKB 2020 1555 5555 55, BIC BUKBGB22.`."""
    iban, bic, sort_code, account_number = (seller.get(name) for name in ACCOUNT)
    domestic = f"Sort code {sort_code}, account number {account_number}." if sort_code else ""
    groups = " ".join(iban[n : n + 4] for n in range(0, len(iban), 4)) if iban else ""
    foreign = f"IBAN {groups}{f', BIC {bic}' if bic else ''}." if iban else ""
    return " ".join(filter(None, [domestic, foreign]))
