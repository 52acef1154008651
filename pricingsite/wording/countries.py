"""The names of countries."""

from babel import Locale

_LOCALE = Locale("en", "GB")


def country_name(code: str) -> str:
    """A country by its ISO 3166 code: `United Kingdom`; the code itself where it has no name."""
    return str(_LOCALE.territories.get(code, code))


def is_country(code: str) -> bool:
    """Whether a code of two letters is a country's."""
    return code in _LOCALE.territories
