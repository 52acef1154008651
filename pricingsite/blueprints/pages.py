"""Pages that hold words: terms and privacy; and what crawlers ask for."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.services.catalog import plans_on_sale
from pricingsite.web.headers import revalidated

bp = Blueprint("pages", __name__)
bp.after_request(revalidated)


@bp.get("/terms")
def terms() -> ResponseReturnValue:
    return render_template("pages/terms.html")


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    return render_template("pages/privacy.html")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    body = render_template("pages/sitemap.xml", plans=plans_on_sale(db.session()))
    return _typed(body, "application/xml")


@bp.get("/robots.txt")
def robots() -> Response:
    return _typed(render_template("pages/robots.txt"), "text/plain; charset=utf-8")


@bp.get("/llms.txt")
def llms() -> Response:
    body = render_template("pages/llms.txt", plans=plans_on_sale(db.session()))
    return _typed(body, "text/plain; charset=utf-8")


def _typed(body: str, content_type: str) -> Response:
    response = make_response(body)
    response.content_type = content_type
    return response
