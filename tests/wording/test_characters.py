import pytest

from pricingsite.wording.characters import hidden_character


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ltd\u202e", "U+202E (right-to-left override)"),
        ("\u2066Ltd", "U+2066 (left-to-right isolate)"),
        ("A\u200fB", "U+200F (right-to-left mark)"),
        ("A\u061cB", "U+061C (arabic letter mark)"),
        ("A\u200bB", "U+200B (zero width space)"),
        ("A\u2060B", "U+2060 (word joiner)"),
        ("\ufeffAB", "U+FEFF (zero width no-break space)"),
        ("A\u00adB", "U+00AD (soft hyphen)"),
        ("A\u200cB", "U+200C (zero width non-joiner)"),
        ("A\u200dB", "U+200D (zero width joiner)"),
        ("\u3164", "U+3164 (hangul filler)"),
        ("A\u2800B", "U+2800 (braille pattern blank)"),
        ("A\ufe0fB", "U+FE0F (variation selector-16)"),
        ("A\U000e0041", "U+E0041 (tag latin capital letter a)"),
        ("A\u200b\u202e", "U+200B (zero width space)"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, found: str) -> None:
    assert hidden_character(text) == found


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Müller & Söhne GmbH",
        "O’Brien–Smith, “Sons”",  # noqa: RUF001
        "株式会社アマラ",
        "אמרה בע״מ",
        "نرم\u200cافزار",  # noqa: RUF001 – Persian for software
        "क्\u200dष",  # Hindi: a half letter before another.
        "Fast ⚡\ufe0f",
        "a\u00a0b\u2009c",
    ],
)
def test_what_every_language_writes_may_be_written(name: str) -> None:
    assert hidden_character(name) is None
