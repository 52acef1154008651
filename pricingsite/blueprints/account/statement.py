"""A customer's statement of account over days that it chooses, as a page and as CSV."""

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.statement import MOST_INVOICES, StatementForm
from pricingsite.integrations.pdf import can_make_pdf
from pricingsite.services.balances.statement import statements_of
from pricingsite.web.csv import statements_csv
from pricingsite.web.http.downloads import download as file_of
from pricingsite.web.merchant import merchant_today
from pricingsite.web.sign_in.visitors import members_customer

bp = Blueprint("statement", __name__)


@bp.get("/account/statement")
def show() -> ResponseReturnValue:
    customer = members_customer()
    form = StatementForm(request.args, today=merchant_today())
    is_valid = form.is_valid()
    statements = statements_of(db.session(), customer.id, form.period) if is_valid else ()
    page = render_template(
        "account/statement.html",
        customer=customer,
        form=form,
        period=form.period if is_valid else None,
        statements=statements,
        as_pdf=can_make_pdf(),
        most=MOST_INVOICES,
    )
    return page, 200 if is_valid else 422


@bp.get("/account/statement.csv")
def download() -> Response:
    customer = members_customer()
    form = StatementForm(request.args, today=merchant_today())
    if not form.is_valid():
        abort(422)
    statements = statements_of(db.session(), customer.id, form.period)
    name = f"statement-{form.period.start}-{form.period.last_day}.csv"
    return file_of(statements_csv(statements), "text/csv", name)
