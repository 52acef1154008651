"""Sign-in: Flask-Security on our users, its page in our words.

Its own views (`/login`, `/logout`) count as edge; here they are limited, redirect by 303 and answer
a form with mistakes by 422. Nothing but the session's cookie signs anybody in: its tokens are off.
"""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, ClassVar, cast

from flask import Flask, Response, abort, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_principal import Principal
from flask_security import (
    MailUtil,
    Security,
    SQLAlchemyUserDatastore,
    UserMixin,
    login_user,
    views,
)
from flask_wtf.csrf import CSRFError

from pricingsite.database import db
from pricingsite.models.access import User
from pricingsite.services.access.users import EmailError, find_visitor, normalise_email
from pricingsite.web.http.errors import error_response
from pricingsite.web.http.limits import ACCOUNT_FAILURES, NETWORK_FAILURES, failed, limiter
from pricingsite.web.sign_in.forms import LoginForm, tell_mistakes
from pricingsite.web.sign_in.passwords import Passwords
from pricingsite.web.sign_in.sessions import (
    begin_session,
    chosen_customer,
    end_session,
    session_id,
)

_UNKNOWN = "The e-mail address or the password is not right. Check both and try again."
_OPEN_TOO_LONG = (
    "This page was open for too long, or your browser keeps no cookies for it. Enter your "
    "password and sign in again."
)

_SETTINGS = {
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_LOGIN_URL": "/login",
    "SECURITY_LOGOUT_URL": "/logout",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_POST_LOGIN_VIEW": "/account",
    "SECURITY_POST_LOGOUT_VIEW": "/login",
    # No secret: every argon2 hash has a salt of its own, and this only names the HMAC that makes
    # long passwords short before it. A new SECRET_KEY ends sessions and links, but no password.
    "SECURITY_PASSWORD_SALT": "pricingsite",
    # Nothing here asks for a password twice.
    "SECURITY_FRESHNESS": timedelta(minutes=-1),
    "SECURITY_STATIC_FOLDER": None,
    # `web/http/headers.py` says who may keep a page.
    "SECURITY_CACHE_CONTROL": None,
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (_UNKNOWN, "error"),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": ("Enter your e-mail address", "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": ("Enter your password", "error"),
    "SECURITY_MSG_INVALID_EMAIL_ADDRESS": (
        "Enter an e-mail address in the right format, like name@example.com",
        "error",
    ),
    "SECURITY_MSG_LOGIN": ("Sign in to see that page.", "info"),
    "SECURITY_MSG_UNAUTHENTICATED": ("Sign in to see that page.", "info"),
}


# Everybody can read it here: it is for trying things out.
DEMO_PASSWORD = "amber-kettle-walks-north"  # noqa: S105


class SignIn(User, UserMixin):
    """Our user as Flask-Security knows one; nobody has roles."""

    roles: ClassVar[list[Any]] = []  # type: ignore[misc]

    def verify_and_update_password(self, password: str) -> bool:
        """Whether it is the user's password; the demo's opens nothing on a real site."""
        is_right = bool(super().verify_and_update_password(password))
        is_real = current_app.config["BASE_URL"].startswith("https:")
        return is_right and not (is_real and password == DEMO_PASSWORD)


class Addresses(MailUtil):
    """E-mail addresses in the one form that we store; Flask-Security sends no mail here."""

    def normalize(self, email: str) -> str:  # noqa: D102
        try:
            return normalise_email(email)
        except EmailError as error:
            raise ValueError(str(error)) from None

    def validate(self, email: str) -> str:  # noqa: D102
        return self.normalize(email)


def init_app(app: Flask) -> None:
    """Mount sign-in."""
    app.config.from_mapping(_SETTINGS)
    Security(
        app,
        SQLAlchemyUserDatastore(db, SignIn, None),  # type: ignore[arg-type]
        login_form=LoginForm,
        mail_util_cls=Addresses,
        password_util_cls=Passwords,
        render_template=_page,  # type: ignore[arg-type]
    )
    for view in (login, logout):
        app.view_functions[f"security.{view.__name__}"] = view
    # Answers in JSON could hold a token that signs in by itself, and has no end.
    app.extensions["security"].want_json(lambda _request: False)
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    app.login_manager.user_loader(_user_of_session)  # type: ignore[attr-defined]
    app.register_error_handler(CSRFError, _page_was_open_too_long)
    _look_for_a_user_only_where_one_is_needed(app)


def _user_of_session(uniquifier: str) -> SignIn | None:
    """The user that the session's cookie names, unless it or the user has ended."""
    found = find_visitor(
        db.session(),
        SignIn,
        uniquifier,
        session_id=session_id(),
        chosen=chosen_customer(),
    )
    if found is None:
        return None
    g.session_has_ended, g.first_customers = found.has_ended, found.customers
    return None if found.has_ended else cast(SignIn, found.user)


def _look_for_a_user_only_where_one_is_needed(app: Flask) -> None:
    # Sign-in would read the session before every request and in every template; then each page
    # would vary by cookie, the public ones too. We use no permissions, and ask where we must.
    hooks = app.before_request_funcs.get(None, [])
    hooks[:] = [
        hook for hook in hooks if not isinstance(getattr(hook, "__self__", None), Principal)
    ]
    processors = app.template_context_processors[None]
    processors[:] = [p for p in processors if not p.__module__.startswith("flask_login")]


def sign_in(user: User) -> None:
    """Sign a user in who has proven to be one by other means than a password."""
    login_user(db.session.get_one(SignIn, user.id))


def _account() -> str:
    """Whose password is tried, whether they exist or not; limits keep no addresses."""
    typed = request.form.get("email", "")
    try:
        typed = normalise_email(typed)
    except EmailError:
        typed = typed.strip().lower()
    return sha256(typed.encode(errors="replace")).hexdigest()


@limiter.limit(NETWORK_FAILURES, methods=["POST"], deduct_when=failed)
@limiter.limit(ACCOUNT_FAILURES, key_func=_account, methods=["POST"], deduct_when=failed)
def login() -> ResponseReturnValue:
    """Sign in by e-mail address and password."""
    begin_session()
    return _for_browsers(views.login)


def logout() -> ResponseReturnValue:
    """Sign out, and leave nothing behind: no chosen customer, no order and no order key.

    Also where nobody is signed in: a session may see the order that was made in it.
    """
    end_session()
    return _for_browsers(views.logout)


def _for_browsers(view: Callable[[], ResponseReturnValue]) -> Response:
    """The answer of one of Flask-Security's views; where it leads, a browser goes by GET."""
    if request.is_json:
        abort(415)
    response = make_response(view())
    if response.status_code == 302:  # noqa: PLR2004
        response.status_code = 303
    return response


def _page(template: str, login_user_form: LoginForm, **context: Any) -> ResponseReturnValue:
    """The sign-in page, whose status says whether its form was right."""
    tell_mistakes(login_user_form)
    page = render_template(template, login_user_form=login_user_form, **context)
    return page, 422 if request.method == "POST" else 200


def _page_was_open_too_long(error: CSRFError) -> ResponseReturnValue:
    if request.endpoint != "security.login":
        return error_response(error)
    form = LoginForm(formdata=request.form)
    form.form_errors = [_OPEN_TOO_LONG]
    return render_template("security/login_user.html", login_user_form=form), 400
