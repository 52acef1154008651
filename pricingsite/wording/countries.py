"""The names and the codes of countries."""

import re
from functools import cache

from babel import Locale

_LOCALE = Locale("en", "GB")
# What CLDR lists besides the countries of ISO 3166: unions, parts of countries, and test codes.
_NO_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"]
)


def country_name(code: str) -> str:
    """A country by its ISO 3166 code: `United Kingdom`; the code itself where it has no name."""
    return str(_LOCALE.territories.get(code, code))


@cache
def country_codes() -> frozenset[str]:
    """The ISO 3166 codes of all countries."""
    codes = (code for code in map(str, _LOCALE.territories) if re.fullmatch("[A-Z]{2}", code))
    return frozenset(codes) - _NO_COUNTRIES
