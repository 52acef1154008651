"""The CSRF protection of every form that changes something."""

from flask import request
from flask_wtf import CSRFProtect, FlaskForm

csrf = CSRFProtect()

_OPEN_TOO_LONG = (
    "This page was open for too long, or your browser does not accept its cookie. Nothing "
    "was changed: check what you entered and save it again."
)


def resent_status(form: FlaskForm) -> int:
    """The status of a page that asks again for what was sent: 422, or 400 for its token; else 200.

    Nothing that was sent was done, whether a field is wrong or something else is.
    """
    if request.method != "POST":
        return 200
    return form_status(form) if "csrf_token" in form.errors else 422


def form_status(form: FlaskForm) -> int:
    """A form's page: 422 where something is wrong, 400 where its token is, with words; else 200.

    For views that check the token themselves, so that what was typed is kept when it has expired.
    """
    if "csrf_token" in form.errors:
        form["csrf_token"].errors = [_OPEN_TOO_LONG]
        return 400
    return 422 if form.errors else 200
