"""What a customer wants to be told of its bill, on one page with one button."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pricingsite.database import db
from pricingsite.forms.alerts import alerts_form
from pricingsite.services.alerts.choices import alerts_of, choices_of, choose_alerts
from pricingsite.services.alerts.reaching import alerts_reached_in
from pricingsite.services.billing.bills import net_at_zero_usage
from pricingsite.services.estimates.estimates import estimate
from pricingsite.web.clock import now
from pricingsite.web.http.csrf import csrf, form_status
from pricingsite.web.http.unbillable import containing_faults
from pricingsite.web.merchant import current_tax
from pricingsite.web.sign_in.roles import billing_admins_change
from pricingsite.web.sign_in.visitors import members_customer
from pricingsite.web.transaction import committing

bp = Blueprint("alerts", __name__)


@bp.route("/account/alerts", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
@billing_admins_change
def choose() -> ResponseReturnValue:
    # The form checks its token itself, so that what was typed is kept when it has expired.
    customer = members_customer()
    with containing_faults(customer):
        current = estimate(db.session(), customer, now=now())
    if current is None or not current.alertable:
        return render_template("account/no_alerts.html", estimate=current)
    alerts = alerts_of(db.session(), customer.id)
    choices = choices_of(alerts, current.bill.currency)
    least = net_at_zero_usage(current.billing_period)
    form = alerts_form(current.positions, least, choices, current_tax())
    if not form.validated():
        status = form_status(form)
        reached = alerts_reached_in(current.period, alerts)
        shown = {"form": form, "customer": customer, "reached": reached, "estimate": current}
        return render_template("account/alerts.html", **shown), status
    with committing(db.session):
        choose_alerts(db.session(), customer, form.choices(), current, now=now())
    flash("Your alerts are saved. Alerts you have already had this period return in the next one.")
    return redirect(url_for("account.alerts.choose"), 303)
