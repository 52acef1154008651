"""Sign-in's own form in our words: Flask-Security's, with our labels.

Whether an address is known is nobody's business, so Flask-Security clears the errors of its fields.
What was left out or mistyped is worth telling: it is kept beside them and told by `tell_mistakes`.
"""

from typing import Any

import flask_security.forms as security
from flask_security.utils import validate_redirect_url
from wtforms import EmailField, Field, PasswordField

_USERNAME = {"autocomplete": "username"}


class LoginForm(security.LoginForm):
    """E-mail address and password."""

    email = EmailField(
        "E-mail address",
        render_kw=_USERNAME,
        validators=[security.email_required, security.EmailValidation(verify=False)],
    )
    password = PasswordField(
        "Password",
        render_kw={"autocomplete": "current-password"},
        validators=[security.password_required],
    )
    remember = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        # The page has its own link to a new password.
        self.password.description = ""

    def validate_next(self, field: Field) -> None:
        """Lead nowhere but to this site; what names another leads to the account."""
        if not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, extra_validators: Any = None, **values: Any) -> bool:
        """Check the fields, then the password."""
        valid = bool(super().validate(extra_validators=extra_validators, **values))
        # A user is looked up, by this field, only once every field is as it should be.
        _keep_mistakes(self, fields_are_right=self.ifield is not None)
        return valid


def _keep_mistakes(form: Any, *, fields_are_right: bool) -> None:
    form.mistakes = {} if fields_are_right else dict(form.errors)
    if form.mistakes:
        # One error must outlast the clearing, or the form would count as an unknown address's.
        form.form_errors = ["There is a mistake in a field."]


def tell_mistakes(form: Any) -> None:
    """Put what was left out or mistyped back to its fields."""
    if mistakes := getattr(form, "mistakes", {}):
        form.form_errors = []
        for name, errors in mistakes.items():
            form[name].errors = errors
