"""Entitlements as programs read them: asked often, and answered by one statement."""

from hashlib import sha256

from flask import Blueprint, Response, jsonify, request
from msgspec.json import encode
from werkzeug.exceptions import NotFound

from pricingsite.database import db
from pricingsite.services.schedules.entitlements import entitlements
from pricingsite.web.clock import now
from pricingsite.web.customer_documents import entitlements_document
from pricingsite.web.documents import Json
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("entitlements", __name__)


@bp.get("/customers/<customer:customer>/entitlements")
@scope_required("entitlements:read")
def read(customer: str) -> Response:
    """What a customer may use now; 304 to who knows it already."""
    found = entitlements(db.session(), customer, now=now())
    if found is None:
        raise NotFound(f"No customer is known as {customer!r}.")
    document = entitlements_document(found)
    response = jsonify(document)
    response.cache_control.private = response.cache_control.no_cache = True
    response.set_etag(_tag(document), weak=True)
    response.make_conditional(request)
    return response


def _tag(document: Json) -> str:
    """A tag of all but the moment of reading, which alone is no news."""
    return sha256(encode(document | {"as_of": None})).hexdigest()[:32]
