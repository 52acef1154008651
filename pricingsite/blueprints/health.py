"""What a supervisor asks: whether the process lives, and whether it can do its work."""

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from pricingsite.database import db
from pricingsite.services.merchant import find_merchant
from pricingsite.web.http.problems import wants_json

bp = Blueprint("health", __name__)

_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return "ok\n", _PLAIN


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    problem = _problem()
    status = 503 if problem else 200
    if wants_json():
        return jsonify({"ready": problem is None, "problem": problem}), status
    return f"{problem or 'ready'}\n", status, _PLAIN


def _problem() -> str | None:
    """What keeps the site from working and the command that mends it, if anything."""
    try:
        if _behind(db.session.connection()):
            return "The database is not migrated: run `flask db upgrade`."
        if find_merchant(db.session()) is None:
            return "There is no catalog: run `flask catalog apply FILE`."
    except DBAPIError as error:
        # The driver's text may hold the address and the user; it belongs in the log alone.
        current_app.logger.error("The database does not answer: %s", error.orig)  # noqa: TRY400
        return "The database does not answer: once it does, run `flask db upgrade` if it is new."
    return None


def _behind(connection: Connection) -> bool:
    """Whether the schema is another than the newest migration's."""
    migrations = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    current = set(MigrationContext.configure(connection).get_current_heads())
    return current != set(migrations.get_heads())
