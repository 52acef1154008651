"""Pages that hold words: terms and privacy; and what crawlers ask for."""

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.pricing import local_date
from pricingsite.services.catalog.colours import accent_in
from pricingsite.services.customers.tax_ids import have_vat_numbers
from pricingsite.services.plans.on_sale import plans_on_sale
from pricingsite.services.plans.price_list import price_list
from pricingsite.web.http.headers import revalidated
from pricingsite.web.merchant import current_merchant, merchant_today
from pricingsite.web.storefront import public_storefront

bp = Blueprint("pages", __name__)
bp.after_request(revalidated)


@bp.get("/terms")
def terms() -> ResponseReturnValue:
    storefront = public_storefront()
    trials = [offer for offer in storefront.offers if offer.trial]
    return render_template("pages/terms.html", trials=trials, takes_codes=storefront.takes_codes)


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    asks_vat_number = have_vat_numbers(current_merchant().sells_to)
    return render_template("pages/privacy.html", asks_vat_number=asks_vat_number)


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    plans, listed = plans_on_sale(db.session()), price_list(db.session(), on=merchant_today())
    # An announced price changes pages on its day, with nothing applied.
    applied_on = local_date(current_merchant().applied_at, listed.zone)
    changes = [applied_on, *(listed.last_change(plan) for plan in plans if plan.prices)]
    body = render_template("pages/sitemap.xml", plans=plans, changed=max(changes))
    return _typed(body, "application/xml")


@bp.get("/robots.txt")
def robots() -> Response:
    return _typed(render_template("pages/robots.txt"), "text/plain; charset=utf-8")


@bp.get("/llms.txt")
def llms() -> Response:
    body = render_template("pages/llms.txt", listed=public_storefront().listed)
    return _typed(body, "text/plain; charset=utf-8")


@bp.get("/brand.css")
def brand() -> Response:
    merchant = current_merchant()
    if merchant.accent_light is None or merchant.accent_dark is None:
        abort(404)
    light = accent_in("light", merchant.accent_light)
    dark = accent_in("dark", merchant.accent_dark)
    response = _typed(render_template("pages/brand.css", light=light, dark=dark), "text/css")
    if request.args.get("v") == str(merchant.version):
        # Its address changes with the catalog, so what is kept never is an old one.
        response.cache_control.public, response.cache_control.max_age = True, 31_536_000
    return response


def _typed(body: str, content_type: str) -> Response:
    response = make_response(body)
    response.content_type = content_type
    return response
