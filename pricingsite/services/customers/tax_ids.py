"""Tax ids, checked offline by the form and check digits of their country.

One that fails is kept as it was typed; it never refuses anybody. One that passes is well formed,
which does not say whose it is: see `verification`.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat

# Where sales are taxed otherwise, or not at all; companies elsewhere may have a VAT number.
_WITHOUT_VAT = frozenset(
    [
        "AS",
        "AU",
        "BM",
        "BN",
        "CA",
        "GU",
        "HK",
        "IN",
        "JP",
        "KW",
        "KY",
        "MO",
        "MP",
        "MY",
        "NZ",
        "PR",
        "QA",
        "SG",
        "TC",
        "UM",
        "US",
        "VG",
        "VI",
    ]
)


# The member states of the European Union; Northern Ireland's prefix is no country's.
EUROPEAN = frozenset(code.upper() for code in eu_vat.MEMBER_STATES) - {"XI"}


def have_vat_numbers(countries: Iterable[str]) -> bool:
    """Whether companies of any of these countries may have a VAT number."""
    return not _WITHOUT_VAT.issuperset(countries)


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax id in its normal form where it passed its country's check, else as it was typed."""

    normalised: str | None
    valid: bool


def check_tax_id(country: str, typed: str | None) -> TaxId:
    """A tax id, and whether it is a valid one of that country.

    Great Britain's and the EU's are known (`GB123456782`, `EL094259216`); another country's, or
    one of another country than the customer's, is kept as it was typed and is not valid.
    """
    number = _without_separators(typed or "")
    if not number:
        return TaxId(None, valid=False)
    if not number.isascii():
        full, valid = number, False
    elif country == "GB":
        full = number if number.startswith(("GB", "XI")) else f"GB{number}"
        valid = bool(gb_vat.is_valid(full))
    elif country.lower() in eu_vat.MEMBER_STATES:
        full = _with_eu_prefix(country, number)
        valid = bool(eu_vat.is_valid(full))
    else:
        full, valid = number, False
    return TaxId(full if valid else (typed or "").strip(), valid=valid)


def _without_separators(typed: str) -> str:
    """Letters and digits alone, in plain form: full-width ones and other scripts' digits too."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    digits = (str(unicodedata.decimal(character, character)) for character in plain)
    return "".join(character for character in digits if character.isalnum())


def _with_eu_prefix(country: str, number: str) -> str:
    # Greece's numbers begin with EL, though its code is GR.
    prefix = "EL" if country == "GR" else country
    if country == "GR" and number.startswith("GR"):
        number = number.removeprefix("GR")
    return number if number.startswith(prefix) else f"{prefix}{number}"
