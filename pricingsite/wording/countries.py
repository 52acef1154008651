"""The names of countries."""

from babel import Locale

_LOCALE = Locale("en", "GB")
# In a sentence these have their article.
_WITH_ARTICLE = ("United ", "Netherlands", "Philippines", "Bahamas", "Gambia", "Maldives")


def country_name(code: str) -> str:
    """A country by its ISO 3166 code: `United Kingdom`; the code itself where it has no name."""
    return str(_LOCALE.territories.get(code, code))


def is_country(code: str) -> bool:
    """Whether a code of two letters is a country's."""
    return code in _LOCALE.territories


def in_country(code: str) -> str:
    """Where something is, in a sentence: `in the United Kingdom`, `in Germany`."""
    name = country_name(code)
    return f"in the {name}" if name.startswith(_WITH_ARTICLE) else f"in {name}"
