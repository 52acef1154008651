"""What a password must be: twelve characters or more that are not easy to guess.

There is no rule of composition and no upper limit. Easy to guess are the commonest passwords, also
with a few digits or signs around them; what is made of words that others know of its owner; and
what zxcvbn finds so.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flask_security import PasswordUtil

_SHORTEST = 12
_TOO_SHORT = f"Use a password of {_SHORTEST} characters or more"
_EASY_TO_GUESS = (
    "That password is easy to guess. Use a longer one, such as four words that do not "
    "belong together"
)
# zxcvbn calls this hard to guess: "offline attack on a slow hash, a hundred million guesses".
_GUESSES = 10**8
# zxcvbn's work grows with the square of the length, and with every way to read a sign as a letter.
_JUDGED_CHARACTERS = 40
_ONE_SIGN_A_LETTER = str.maketrans("@{[<|!$+", "4(((1157")
# A common password with this much around it is judged as a whole.
_DECORATION = 8
# What must be left of a password when the words are gone that others know.
_OWN_CHARACTERS = 8
_SHORTEST_WORD = 3


class Passwords(PasswordUtil):
    """Our check in the place of Flask-Security's."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: ARG002, FBT001 - Flask-Security passes it so.
        *,
        known: Sequence[str] = (),
        **_: Any,
    ) -> tuple[list[str] | None, str]:
        """What is wrong with a password, if anything is, and its normal form.

        `known` is what others know of its owner, such as their e-mail address and their company.
        """
        normal = self.normalize(password)
        if len(normal) < _SHORTEST:
            return [_TOO_SHORT], normal
        words = _words(known)
        easy = (
            _is_common(normal.lower())
            or len(_without(words, normal.lower())) < _OWN_CHARACTERS
            or _guesses(normal, words) < _GUESSES
        )
        return [_EASY_TO_GUESS] if easy else None, normal


@cache
def _common_passwords() -> frozenset[str]:
    """The commonest passwords in lower case.

    They are zxcvbn's 30,000, and of the 100,000 that open SecLists' "10 million password list"
    those of twelve characters or more; shorter ones are refused for their length.
    """
    from zxcvbn import matching  # noqa: PLC0415 - see _guesses

    long_ones = Path(__file__).with_name("common_passwords.txt").read_text().splitlines()
    return frozenset(matching.RANKED_DICTIONARIES["passwords"]) | frozenset(long_ones)


def _is_common(password: str) -> bool:
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    decorated = core in _common_passwords() and len(password) - len(core) <= _DECORATION
    return decorated or password in _common_passwords()


def _words(known: Iterable[str]) -> list[str]:
    """The words in what others know, the longest first, so that none is taken for a part."""
    found = {word for text in known for word in re.findall(r"[^\W_]+", text.lower())}
    return sorted((word for word in found if len(word) >= _SHORTEST_WORD), key=len, reverse=True)


def _without(words: Sequence[str], password: str) -> str:
    for word in words:
        password = password.replace(word, " ")
    return re.sub(r"[\W_]", "", password)


def _guesses(password: str, words: Sequence[str]) -> int:
    """How many guesses zxcvbn expects a password's beginning to take, in bounded time."""
    # Its lists of words are for whoever sets a password: no process loads them to start.
    from zxcvbn import matching, scoring  # noqa: PLC0415

    judged = password[:_JUDGED_CHARACTERS].translate(_ONE_SIGN_A_LETTER)
    # Not by `zxcvbn()` itself, which keeps the words of whoever asked last for all threads.
    known = {"user_inputs": matching.build_ranked_dict(words)}
    matches = matching.omnimatch(judged, matching.RANKED_DICTIONARIES | known)
    return int(scoring.most_guessable_match_sequence(judged, matches)["guesses"])
