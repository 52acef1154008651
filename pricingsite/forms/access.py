"""Following an invitation: with a new password, or as somebody who has one."""

from typing import Any

from flask import current_app
from wtforms import Field, PasswordField, ValidationError

from pricingsite.forms.base import Form, required

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
    """Following an invitation as somebody new: the password to sign in with."""

    password = PasswordField(
        "Password",
        description=_ADVICE,
        render_kw={"autocomplete": "new-password"},
        validators=[required("Enter a password")],
    )

    def __init__(self, *, email: str, company: str) -> None:
        super().__init__()
        # What others know of who chooses the password, and would try first.
        self.about = {"email": email, "company": company}

    def validate_password(self, field: Field) -> None:
        problems, field.data = password_util().validate(field.data, is_register=True, **self.about)
        if problems:
            raise ValidationError(problems[0])

    def new_password(self) -> str | None:
        """The password that was typed."""
        password: str | None = self.password.data
        return password
