"""Whose pages a visitor sees: a signed-in user's customer, or the order made in this session.

An order made here shows itself and its customer's estimate until somebody follows the link in the
order e-mail; from then on only members see them.
"""

from typing import Any, cast

from flask import (
    abort,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_security import current_user

from pricingsite.database import db
from pricingsite.models.access import Role, User
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice
from pricingsite.models.orders import Order
from pricingsite.services.access.users import (
    OwnCustomer,
    first_customers,
    is_member,
    memberships,
)
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.web.http.problems import wants_problem
from pricingsite.web.sign_in.sessions import begin_session, chosen_customer, session_has_ended

_ORDERS = "orders"
# A cookie holds no more than 4 kB.
_MOST_ORDERS = 20


def signed_in_user() -> User | None:
    """Who is signed in, if anybody is."""
    user: Any = current_user
    return cast(User, user) if user.is_authenticated else None


def grant_order(reference: str) -> None:
    """Let this session see an order that was made in it."""
    begin_session()
    session.permanent = True
    others = [known for known in session.get(_ORDERS, []) if known != reference]
    session[_ORDERS] = [*others, reference][-_MOST_ORDERS:]


def granted_orders() -> list[Order]:
    """The orders of this session that it may still see, the latest first."""
    if session_has_ended():
        return []
    orders = (db.session.get(Order, reference) for reference in reversed(session.get(_ORDERS, [])))
    return [order for order in orders if order and _is_to_be_verified(order)]


def _is_to_be_verified(order: Order) -> bool:
    return order.customer.verified_at is None and order.ended_at is None


def may_see_order(order: Order) -> bool:
    """Whether the visitor made the order here, or is a member of its customer."""
    ordered_here = order.reference in session.get(_ORDERS, [])
    if ordered_here and order.customer.verified_at is None and not session_has_ended():
        return True
    user = signed_in_user()
    return user is not None and is_member(db.session(), user, order.customer_id)


def own_customers(user: User) -> list[Customer]:
    """The customers a user may act for."""
    return [membership.customer for membership in memberships(db.session(), user)]


def visible_customer() -> Customer:
    """The customer whose account pages the visitor sees; to sign-in if there is none."""
    user = signed_in_user()
    if user is None:
        orders = granted_orders()
        return orders[0].customer if orders else _to_sign_in()
    customers = _first_customers(user)
    if not customers:
        abort(403)
    customer, role = customers[0]
    g.acts_for_several, g.may_change = len(customers) > 1, role is Role.BILLING_ADMIN
    g.customer_id = customer.id
    if len(customers) > 1 and customer.id != chosen_customer():
        page = request.full_path.rstrip("?")
        abort(redirect(url_for("account.customers.choose", next=page), 303))
    return customer


def members_customer() -> Customer:
    """The customer whose pages a member sees; who merely ordered is asked to verify, by a 403."""
    customer = visible_customer()
    if signed_in_user() is None:
        page = render_template("account/verify_first.html", order_only=True)
        abort(make_response(page, 403))
    return customer


def members_invoice(number: str) -> Invoice:
    """The document of the member's customer of a number; 404 where it has none.

    An e-mail's link may lead to another of the member's customers: it is asked which one to see.
    """
    customer, user = members_customer(), signed_in_user()
    invoice = find_invoice(db.session(), number)
    if invoice is None:
        abort(404)
    if invoice.customer_id != customer.id:
        is_own = user is not None and is_member(db.session(), user, invoice.customer_id)
        choice = url_for("account.customers.choose", next=request.path)
        abort(redirect(choice, 303) if is_own else 404)
    return invoice


def acts_for_several(user: User) -> bool:
    """Whether a user may act for more than one customer."""
    return len(_first_customers(user)) > 1


def own_change(plan_id: str) -> str | None:
    """Where somebody who opens a plan's order form changes the plan that there is already.

    None for who has no account, and where a second contract is chosen on purpose.
    """
    user = signed_in_user()
    if request.method != "GET" or "second" in request.args:
        return None
    if user is None or not _first_customers(user):
        return None
    address = url_for("account.change.quote", plan=plan_id)
    query = request.query_string.decode("ascii", "replace")
    return f"{address}&{query}" if query else address


def _first_customers(user: User) -> tuple[OwnCustomer, ...]:
    """The customer to see, if it is clear which, and whether there are others."""
    if "first_customers" not in g:  # The user has signed in within this request.
        g.first_customers = first_customers(db.session(), user, chosen=chosen_customer())
    found: tuple[OwnCustomer, ...] = g.first_customers
    return found


def _to_sign_in() -> Customer:
    if wants_problem():
        abort(401)
    abort(redirect(url_for("security.login", next=request.full_path.rstrip("?")), 303))
