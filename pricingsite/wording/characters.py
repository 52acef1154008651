"""Characters that no name or address holds: they cannot be read, or make others read wrong.

A name stands on pages, in e-mails and beside amounts. There an invisible character makes two names
look like one, and one that changes the direction of writing shows what follows it backwards.
"""

import re
import unicodedata

# Line breaks and other controls, halves of a character, and code points that are no characters;
# PostgreSQL's text and XML take none of them.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

# What Unicode shows as nothing, besides its formatting characters (category Cf): joiners of marks,
# fillers, selectors of variants, and an empty pattern of Braille.
_NOT_SHOWN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)
_NON_JOINER, _JOINER, _COLOURED = "\u200c", "\u200d", "\ufe0f"
_VIRAMA = 9


def hidden_character(text: str) -> str | None:
    """The first invisible or direction-changing character of a text, by number and name."""
    for before, character in zip(" " + text, text, strict=False):
        if _is_hidden(character) and not _is_spelling(before, character):
            name = unicodedata.name(character, "no name").lower()
            return f"U+{ord(character):04X} ({name})"
    return None


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or bool(_NOT_SHOWN.match(character))


def _is_spelling(before: str, character: str) -> bool:
    """Whether it shapes what stands before it, as Persian, Hindi and coloured symbols need."""
    if character in {_NON_JOINER, _JOINER} and unicodedata.combining(before) == _VIRAMA:
        return True
    if character == _NON_JOINER:
        return unicodedata.bidirectional(before) == "AL"
    return character == _COLOURED and unicodedata.category(before) == "So"
