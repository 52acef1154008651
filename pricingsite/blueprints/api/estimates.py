"""Estimates as programs read them: a customer's running bill."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pricingsite.blueprints.api.customers import customer_named
from pricingsite.database import db
from pricingsite.services.estimates.estimates import estimate as estimate_now
from pricingsite.web import documents
from pricingsite.web.clock import now
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.sign_in.api_keys import scope_required

bp = Blueprint("estimates", __name__)


@bp.get("/estimates/<customer:customer>")
@scope_required("estimates:read")
def read(customer: str) -> ResponseReturnValue:
    """The estimate of the bill that runs now, as the customer's account page shows it."""
    found = customer_named(customer)
    with containing_faults(found):
        estimate = estimate_now(db.session(), found, now=now())
    if estimate is None:
        raise NotFound("This customer has no billing schedule, so nothing is billed.")
    return jsonify({"customer": found.id} | documents.estimate(estimate))
