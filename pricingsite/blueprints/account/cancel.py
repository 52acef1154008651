"""Cancelling, on two pages: what it means, and the confirmation."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.models.changes import ChangeKind
from pricingsite.models.customers import Customer
from pricingsite.services.balances.open_invoices import open_invoices
from pricingsite.services.changes.changing import Maker, QuoteChangedError, make_change
from pricingsite.services.changes.dated_effects import dated_effects_of
from pricingsite.services.changes.leaving import data_until, last_day_to_switch, quote_cancellation
from pricingsite.services.changes.plan_page import reference_of
from pricingsite.services.changes.quoting import ChangeQuote
from pricingsite.services.changes.wanted import ChangeError
from pricingsite.web.clock import now
from pricingsite.web.formats import day
from pricingsite.web.issuing import issue
from pricingsite.web.mails.changes import cancellation_emails, send_change_emails
from pricingsite.web.merchant import merchant_today
from pricingsite.web.order_keys import ShownPrices, read_prices, sign_prices
from pricingsite.web.shown_quotes import shown_quote
from pricingsite.web.sign_in.roles import billing_admins_only
from pricingsite.web.sign_in.visitors import members_customer, signed_in_user
from pricingsite.web.transaction import committing

bp = Blueprint("cancel", __name__)


@bp.get("/account/plan/cancel")
def show() -> ResponseReturnValue:
    customer = members_customer()
    switching = "switching" in request.args
    try:
        quoted = quote_cancellation(db.session(), customer, switching=switching, now=now())
    except ChangeError as error:
        return _refused(str(error))
    return _page(customer, quoted, confirming="confirm" in request.args, switching=switching)


def _refused(why: str) -> ResponseReturnValue:
    flash(f"Nothing was cancelled. {why}", "warning")
    return redirect(url_for("account.plan.show"), 303)


def _page(
    customer: Customer, quoted: ChangeQuote, *, confirming: bool, switching: bool
) -> ResponseReturnValue:
    return render_template(
        "account/cancel_confirm.html" if confirming else "account/cancel.html",
        customer=customer,
        quoted=quoted,
        reference=reference_of(db.session(), quoted.situation.schedule),
        effects=dated_effects_of(quoted),
        switching=switching,
        switch_last_day=None if switching else last_day_to_switch(quoted.situation),
        data_until=data_until(quoted),
        owed=open_invoices(db.session(), customer.id, today=merchant_today()),
        shown=sign_prices(shown_quote(quoted)),
    )


@bp.post("/account/plan/cancel")
@billing_admins_only
def confirm() -> ResponseReturnValue:
    customer = members_customer()
    switching = "switching" in request.form
    shown = read_prices(request.form.get("shown", ""))
    if shown is None:
        return redirect(url_for("account.cancel.show"), 303)
    try:
        flash(_cancel(customer, shown, switching=switching))
    except QuoteChangedError as error:
        return _asked_again(error.quote, shown, switching=switching)
    except ChangeError as error:
        return _refused(str(error))
    return redirect(url_for("account.plan.show"), 303)


def _cancel(customer: Customer, shown: ShownPrices, *, switching: bool) -> str:
    """Cancel as it was shown, in one transaction; what is said of it then."""
    user = signed_in_user()
    quoted = quote_cancellation(db.session(), customer, switching=switching, now=now())
    if quoted.digest != shown.version:
        raise QuoteChangedError(quoted)
    customer_id, emails = customer.id, cancellation_emails(quoted)
    maker = Maker(issue=issue(), user_id=user.id if user else None)
    with committing(db.session):
        made = make_change(
            db.session(),
            customer_id,
            lambda session, one: quote_cancellation(session, one, switching=switching, now=now()),
            kind=ChangeKind.CANCELLATION,
            shown=shown.version,
            maker=maker,
            now=now(),
        )
        send_change_emails(emails, f"change:{made.change.id}")
        last_day = made.quote.last_day
        if last_day is None or made.quote.never_begins:
            return "Your subscription is cancelled before its start. Nothing is billed."
        return (
            f"Your subscription is cancelled. {day(last_day)} is its last day; "
            "you can undo that until then."
        )


def _asked_again(
    now_quoted: ChangeQuote, before: ShownPrices, *, switching: bool
) -> ResponseReturnValue:
    """What was shown and what it is now, with one button to accept that."""
    after = shown_quote(now_quoted)
    page = render_template(
        "account/quote_changed.html",
        customer=now_quoted.situation.customer,
        plan=None,
        before=before,
        after=after,
        values={"switching": "1"} if switching else {},
        shown=sign_prices(after),
    )
    return page, 409
