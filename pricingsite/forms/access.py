"""Following an invitation, and setting a new password."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from wtforms import EmailField, Field, PasswordField, ValidationError

from pricingsite.forms.base import Form, email, required

_ADVICE = "Use 12 characters or more: four unrelated words, for example."


def password_util() -> Any:
    """Sign-in's rules for passwords."""
    return current_app.extensions["security"].password_util


class AcceptForm(Form):
    """Following an invitation as somebody who has a password already: one button."""

    def new_password(self) -> str | None:
        """None: they keep theirs."""
        return None


class NewPasswordForm(Form):
    """The password to sign in with from now on, typed once: it can be shown, and asked for again.

    `known` are words that others would try first.
    """

    password = PasswordField(
        "New password",
        description=_ADVICE,
        render_kw={"autocomplete": "new-password"},
        validators=[required("Enter your password")],
    )

    def __init__(self, *, known: Sequence[str]) -> None:
        super().__init__()
        self.known = known

    def validate_password(self, field: Field) -> None:
        problems, field.data = password_util().validate(
            field.data, is_register=True, known=self.known
        )
        if problems:
            raise ValidationError(problems[0])

    def new_password(self) -> str | None:
        """The password that was typed."""
        password: str | None = self.password.data
        return password


class ResetForm(Form):
    """Where to send a link that sets a new password."""

    email: EmailField = email("E-mail address", "Enter your e-mail address")
