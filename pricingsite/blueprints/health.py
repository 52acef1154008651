"""What a supervisor asks: whether the process lives, and whether it can do its work."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from pricingsite.database import db, takes_writes
from pricingsite.schema import Schema, schema_of
from pricingsite.services.merchant import find_merchant
from pricingsite.web.http.limits import counts_are_shared
from pricingsite.web.http.problems import wants_json

bp = Blueprint("health", __name__)

_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_SCHEMAS = {
    Schema.BEHIND: "The database is not migrated: run `flask db upgrade`.",
    Schema.TOO_NEW: "The database is of a newer version than this process: start that version.",
}
_NO_CATALOG = "There is no catalog: run `flask catalog apply FILE`."
_NO_WRITES = "The database takes no writes: its disk is full or read-only, or it is a standby."
_NO_ANSWER = "The database does not answer: once it does, run `flask db upgrade` if it is new."
_NO_REDIS = "Redis does not answer: each process counts its own limits."


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    return "ok\n", _PLAIN


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    problem = _problem()
    status = 503 if problem else 200
    remarks = [] if counts_are_shared() else [_NO_REDIS]
    if wants_json():
        return jsonify({"ready": problem is None, "problem": problem, "remarks": remarks}), status
    return "\n".join([problem or "ready", *remarks, ""]), status, _PLAIN


def _problem() -> str | None:
    """What keeps the site from working and what mends it, if anything."""
    try:
        # First, because SQLite opens nothing on a full disk.
        if not takes_writes(db.engine):
            return _NO_WRITES
        schema = schema_of(db.session.connection())
        if schema in _SCHEMAS:
            return _SCHEMAS[schema]
        return None if find_merchant(db.session()) else _NO_CATALOG
    except SQLAlchemyError as error:
        # The driver's text may hold the address and the user; it belongs in the log alone.
        current_app.logger.error("The database does not answer: %s", error)  # noqa: TRY400
        return _NO_ANSWER
