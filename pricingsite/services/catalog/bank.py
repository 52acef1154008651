"""The merchant's bank account in the catalog file: what a bank transfer needs.

Each is kept in the form in which banks compare it: `GB33BUKB20201555555555`, `BUKBGB22`,
`20-20-15`, `55555555`.
"""

import re
from functools import partial
from typing import Any

from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from pricingsite.services.catalog.toml_tables import Problems
from pricingsite.services.catalog.toml_values import check_text, reader, shown
from pricingsite.wording.bank import Known

_SORT_CODE = re.compile(r"(\d\d)[- ]?(\d\d)[- ]?(\d\d)", re.ASCII)
_ACCOUNT_NUMBER = re.compile(r"\d{8}", re.ASCII)
# Each is no use without the other.
_NEEDS = (("sort_code", "account_number"), ("account_number", "sort_code"), ("bic", "iban"))


@partial(reader, pattern=r"\S")
def iban(value: Any) -> str:
    """An international account number that passes the check digits of its country."""
    try:
        return str(ibans.validate(check_text(value)))
    except ValidationError as error:
        raise ValueError(f"{shown(value)} is not an IBAN: {_reason(error)}") from None


@partial(reader, pattern=r"\S")
def bic(value: Any) -> str:
    """A bank's international code, of 8 or 11 letters and digits."""
    try:
        return str(bics.validate(check_text(value)))
    except ValidationError as error:
        raise ValueError(f"{shown(value)} is not a BIC: {_reason(error)}") from None


@partial(reader, pattern=f"^{_SORT_CODE.pattern}$")
def sort_code(value: Any) -> str:
    """A British sort code, written in pairs."""
    found = _SORT_CODE.fullmatch(check_text(value))
    if not found:
        raise ValueError(f'expected a sort code such as "20-20-15", found {shown(value)}')
    return "-".join(found.groups())


@partial(reader, pattern=f"^{_ACCOUNT_NUMBER.pattern}$")
def account_number(value: Any) -> str:
    """A British account number."""
    if not _ACCOUNT_NUMBER.fullmatch(check_text(value)):
        raise ValueError(f"expected an account number of 8 digits, found {shown(value)}")
    return str(value).strip()


def _reason(error: ValidationError) -> str:
    """Why a number is none, as the library says it: `the number has an invalid length`."""
    words = str(error).rstrip(".")
    return words[:1].lower() + words[1:]


def check_account(account: Known, path: str, problems: Problems) -> None:
    """Refuse the half of an account, and two accounts in one: what is paid would go astray.

    A number that had a problem is None.
    """
    for name, other in _NEEDS:
        missing = account[other] is None and not problems.at(f"{path}.{other}")
        if account[name] and missing:
            problems.add(f"{path}.{name}", f"needs {other} beside it")
    iban, sort_code, number = account["iban"], account["sort_code"], account["account_number"]
    if not (iban and iban.startswith("GB") and sort_code and number):
        return
    if not iban.endswith(sort_code.replace("-", "") + number):
        problems.add(f"{path}.iban", "is of another account than the account number")
