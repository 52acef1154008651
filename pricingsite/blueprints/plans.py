"""The public pages of what is for sale: plans, the calculator, and the same for programs.

The same bytes for everyone: no session is read, and a price change shows at the next load.
"""

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.calculator import CalculatorForm
from pricingsite.forms.choice import WaysToPay, ways_to_pay
from pricingsite.pricing import plain
from pricingsite.services.plans.as_sold import Storefront
from pricingsite.services.plans.offers import ContactPlan, Quote
from pricingsite.services.plans.on_sale import find_plan
from pricingsite.services.plans.price_history import price_history
from pricingsite.services.plans.pricing_page import (
    prices_version,
    products_of,
    usage_prices_of,
)
from pricingsite.web import documents, price_list, structured_data
from pricingsite.web.charts.prices import bill_charts, plan_charts
from pricingsite.web.http.headers import revalidated
from pricingsite.web.http.problems import Problem, wants_json
from pricingsite.web.merchant import current_merchant, merchant_today
from pricingsite.web.storefront import FROM_KEPT, public_storefront

bp = Blueprint("plans", __name__)
bp.after_request(revalidated)


@bp.get("/pricing")
@bp.get("/")
def index() -> ResponseReturnValue:
    storefront = public_storefront()
    paid = ways_to_pay(storefront, request.args)
    storefront = storefront.paid(paid.frequency, paid.currency)
    if not storefront.listed:
        return render_template("plans/none.html")
    offered = storefront.offers
    data = structured_data.products(
        offered,
        brand=current_merchant().name,
        base_url=current_app.config["BASE_URL"],
        with_tax=current_merchant().tax.leads,
    )
    return render_template(
        "plans/index.html",
        listed=storefront.listed,
        matrix=storefront.matrix,
        paid=paid,
        offers=offered,
        products=products_of(offered),
        usage_prices=usage_prices_of(offered),
        data=data,
    )


@bp.get("/pricing/history")
def history() -> ResponseReturnValue:
    return render_template(
        "plans/history.html", products=price_history(db.session(), on=merchant_today())
    )


@bp.get("/plans/<plan_id>")
def detail(plan_id: str) -> ResponseReturnValue:
    storefront = public_storefront()
    paid = ways_to_pay(storefront, request.args)
    storefront = storefront.paid(paid.frequency, paid.currency)
    found = next((plan for plan in storefront.listed if plan.id == plan_id), None)
    if found is None:
        return _not_on_sale(plan_id, storefront)
    shown = {"matrix": storefront.matrix, "paid": paid}
    if isinstance(found, ContactPlan):
        return render_template("plans/contact.html", plan=found, **shown)
    charts = plan_charts(found, storefront.offers)
    return render_template("plans/detail.html", offer=found, charts=charts, **shown)


def _not_on_sale(plan_id: str, storefront: Storefront) -> ResponseReturnValue:
    request.environ[FROM_KEPT] = False
    plan = find_plan(db.session(), plan_id)
    page = render_template("plans/not_on_sale.html", plan=plan, listed=storefront.listed)
    return page, 404 if plan is None else 410


def _worked_out() -> tuple[Storefront, WaysToPay, CalculatorForm, tuple[Quote, ...]]:
    """What is for sale as it is to be paid, what was typed, and what that costs."""
    storefront = public_storefront()
    paid = ways_to_pay(storefront, request.args)
    storefront = storefront.paid(paid.frequency, paid.currency)
    form = CalculatorForm(storefront.units, request.args, storefront.bought)
    asked = (form.used, form.bought) if form.is_valid() else ({},)
    return storefront, paid, form, storefront.quotes(*asked)


@bp.get("/calculator")
def calculator() -> ResponseReturnValue:
    storefront, paid, form, quoted = _worked_out()
    quantities = {} if form.errors else form.used
    if wants_json():
        return _calculated(form, quoted)
    return render_template(
        "plans/calculator.html",
        form=form,
        paid=paid,
        quotes=quoted,
        listed=storefront.listed,
        answered=not form.errors and bool(form.quantities),
        charts=bill_charts(storefront.offers, quantities) if quantities else (),
        version=(version := prices_version(storefront.offers)),
        # A link remembers the prices it was made at; one of old prices says so.
        outdated=request.args.get("v") not in {None, "", version} and "v" not in form,
    )


def _calculated(form: CalculatorForm, quoted: tuple[Quote, ...]) -> ResponseReturnValue:
    if form.errors:
        messages = [message for messages in form.errors.values() for message in messages]
        raise Problem(422, "wrong-parameter", "; ".join(messages), errors=form.errors)
    quantities = {name: plain(quantity) for name, quantity in form.quantities.items()}
    return jsonify(
        {"quantities": quantities, "plans": [documents.quote(quote) for quote in quoted]}
    )


@bp.get("/pricing.json")
def pricing_json() -> Response:
    return jsonify(price_list.document(public_storefront(), current_merchant()))


@bp.get("/pricing.md")
def pricing_markdown() -> Response:
    storefront = public_storefront()
    page = render_template(
        "plans/pricing.md",
        listed=storefront.listed,
        matrix=storefront.matrix,
        others={plan.id: [one.offer for one in plan.options[1:]] for plan in storefront.plans},
    )
    response = make_response(page)
    response.content_type = "text/markdown; charset=utf-8"
    return response
