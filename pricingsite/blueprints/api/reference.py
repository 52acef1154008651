"""The API described: an OpenAPI document for programs, and a page for those who write them."""

import json

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template

from pricingsite.blueprints.api.description.document import document
from pricingsite.blueprints.api.description.schema_types import Json
from pricingsite.blueprints.api.description.usage import EVENT_EXAMPLE
from pricingsite.blueprints.api.description.webhooks import HEADERS, RECEIVER, TYPES
from pricingsite.blueprints.api.events import BATCH
from pricingsite.database import db
from pricingsite.services.access.api_keys import SCOPES
from pricingsite.services.merchant import find_merchant
from pricingsite.web.http.headers import revalidated
from pricingsite.web.http.problems import KINDS
from pricingsite.web.webhook_examples import webhook_examples

bp = Blueprint("reference", __name__)


@bp.app_template_filter("pretty")
def _pretty(value: object) -> str:
    """A value as JSON for people, in its own order."""
    return json.dumps(value, indent=2)


@bp.get("/openapi.json")
def openapi() -> Response:
    return revalidated(jsonify(_document()))


@bp.get("")
def page() -> Response:
    shown = render_template(
        "api/reference.html", api=_document(), curl=_curl(), scopes=SCOPES, kinds=KINDS
    )
    return revalidated(make_response(shown))


@bp.get("/webhooks")
def webhooks() -> Response:
    shown = render_template(
        "api/webhooks.html",
        types=TYPES,
        examples=webhook_examples(),
        headers=HEADERS,
        receiver=RECEIVER,
    )
    return revalidated(make_response(shown))


def _document() -> Json:
    merchant = find_merchant(db.session())
    contact = {"name": merchant.legal_name, "email": merchant.email} if merchant else None
    return document(current_app.config["BASE_URL"], contact)


def _curl() -> str:
    """A request to copy: a batch of one event."""
    return " \\\n  ".join(
        (
            f"curl {current_app.config['BASE_URL']}/api/v1/events",
            "-H 'Authorization: Bearer <key>'",
            f"-H 'Content-Type: {BATCH}'",
            f"-d '[{json.dumps(EVENT_EXAMPLE)}]'",
        )
    )
