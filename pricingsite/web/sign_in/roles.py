"""Who of a customer's members may change what it has: billing admins; viewers read.

Every view of the account that changes something of the customer's has one of the two decorators,
below its route. Templates ask `g.may_change` before they show a button.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import abort, g, make_response, render_template, request

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.services.access.members import billing_admins
from pricingsite.web.http.problems import Problem, wants_problem
from pricingsite.web.sign_in.visitors import members_customer

P = ParamSpec("P")
R = TypeVar("R")

_READING = {"GET", "HEAD", "OPTIONS"}


def billing_admins_only(view: Callable[P, R]) -> Callable[P, R]:
    """Let nobody in but the customer's billing admins; others read who can grant it, by a 403."""
    return _guarded(view, readable=False)


def billing_admins_change(view: Callable[P, R]) -> Callable[P, R]:
    """Let every member read, and nobody but billing admins send anything."""
    return _guarded(view, readable=True)


def _guarded(view: Callable[P, R], *, readable: bool) -> Callable[P, R]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        customer = members_customer()
        if not (g.may_change or (readable and request.method in _READING)):
            _refuse(customer)
        return view(*args, **kwargs)

    guarded.changes_by_billing_admins = True  # type: ignore[attr-defined]
    return guarded


def _refuse(customer: Customer) -> None:
    admins = billing_admins(db.session(), customer.id)
    if wants_problem():
        why = f"Only billing admins of this account can do that: {', '.join(admins)}."
        raise Problem(403, "billing-admins-only", why)
    page = render_template("account/billing_admins_only.html", customer=customer, admins=admins)
    abort(make_response(page, 403))
