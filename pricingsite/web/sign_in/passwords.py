"""What a password must be: twelve characters or more that zxcvbn does not find easy to guess.

There is no rule of composition and no upper limit; zxcvbn judges the first 72 characters.
"""

from typing import Any

from flask import current_app
from flask_security import PasswordUtil

_JUDGED_CHARACTERS = 72
_EASY_TO_GUESS = (
    "That password is easy to guess. Use a longer one, such as four words that do not "
    "belong together"
)


class Passwords(PasswordUtil):
    """Flask-Security's check, in our words and for passwords of any length."""

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: FBT001 - Flask-Security passes it so.
        **about: Any,
    ) -> tuple[list[str] | None, str]:
        """What is wrong with a password, if anything is, and its normal form.

        `about` is what an attacker knows of its owner, such as their e-mail address.
        """
        normal = self.normalize(password)
        # zxcvbn refuses longer ones, and takes long over them.
        problems, _ = super().validate(normal[:_JUDGED_CHARACTERS], is_register, **about)
        if problems and len(normal) >= current_app.config["SECURITY_PASSWORD_LENGTH_MIN"]:
            problems = [_EASY_TO_GUESS]
        return problems, normal
