"""Every route is public by this list or guarded, and its address is written the house's way."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

# Whoever adds a route says here who may open it.
PUBLIC = {
    "plans.index",
    "plans.detail",
    "plans.history",
    "plans.calculator",
    "plans.pricing_json",
    "plans.pricing_markdown",
    "pages.terms",
    "pages.privacy",
    "pages.sitemap",
    "pages.robots",
    "pages.llms",
    "pages.brand",
    "api.reference.openapi",
    "api.reference.page",
    "api.reference.webhooks",
    "health.healthz",
    "health.readyz",
    "static",
}
# Open to everybody, but personal: a session or a token says whose.
OPEN = {
    "checkout.order_form",
    "access.verify",
    "access.resend",
    "security.login",
    "security.logout",
    "access.forgot_password",
    "access.reset_password",
}
GUARDED = {
    "account.estimate.show",
    "account.usage.show",
    "account.usage.download",
    "account.files.archive",
    "account.files.pdf",
    "account.files.xml",
    "account.invoices.index",
    "account.invoices.index_csv",
    "account.invoices.index_json",
    "account.invoices.show",
    "account.invoices.show_csv",
    "account.invoices.show_json",
    "account.statement.show",
    "account.statement.download",
    "account.plan.show",
    "account.plan.undo",
    "account.change.quote",
    "account.cancel.show",
    "account.cancel.confirm",
    "account.subscribe.show",
    "account.trial.keep",
    "account.details.edit",
    "account.customers.choose",
    "account.closing.show",
    "account.closing.close",
    "account.data.show",
    "account.data.download",
    "account.users.index",
    "account.users.edit",
    "account.users.remove",
    "account.users.resend",
    "account.users.withdraw",
    "account.alerts.choose",
    "checkout.order",
    "checkout.resend",
}
# Programs call these with a key of the merchant's.
KEYED = {
    "api.events.record": "events:write",
    "api.events.void": "events:write",
    "api.usage.read": "usage:read",
    "api.estimates.read": "estimates:read",
    "api.invoices.index": "invoices:read",
    "api.invoices.read": "invoices:read",
    "api.customers.index": "customers:read",
    "api.customers.read": "customers:read",
    "api.customers.create": "customers:write",
    "api.customers.update": "customers:write",
    "api.schedules.index": "customers:read",
    "api.schedules.read": "customers:read",
    "api.schedules.create": "schedules:write",
    "api.changes.create": "schedules:write",
    "api.changes.cancel": "schedules:write",
    "api.changes.undo": "schedules:write",
    "api.catalog.plans": "catalog:read",
    "api.catalog.products": "catalog:read",
    "api.catalog.prices": "catalog:read",
    "api.entitlements.read": "entitlements:read",
}


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    assert set(app.view_functions) == PUBLIC | OPEN | GUARDED | KEYED.keys()


def test_what_programs_call_needs_a_key_of_its_scope(app: Flask) -> None:
    scopes = {name: view.scope for name, view in app.view_functions.items() if name in KEYED}
    assert scopes == KEYED


# Who is signed in sends these for themselves, and changes nothing of the customer's.
OF_EVERY_MEMBER = {"account.customers.choose"}


def test_whatever_changes_a_customer_is_for_billing_admins_alone(app: Flask) -> None:
    changing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("account.")
        and (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    guarded = {
        name for name in changing if hasattr(app.view_functions[name], "changes_by_billing_admins")
    }
    assert changing - guarded == OF_EVERY_MEMBER, "see web/sign_in/roles.py"


def test_addresses_are_kebab_case_and_have_no_trailing_slash(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        fixed = re.sub(r"<[^>]+>", "", rule.rule)
        assert re.fullmatch(r"[a-z0-9/.-]*", fixed), rule.rule
        assert rule.rule == "/" or not rule.rule.endswith("/"), rule.rule


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/account/usage",
        "/account/usage.csv",
        "/account/invoices",
        "/account/invoices/INV-000001",
        "/account/statement",
        "/account/alerts",
        "/account/details",
        "/account/users",
        "/account/data",
        "/account/data.zip",
        "/account/customers",
    ],
)
def test_guarded_pages_send_strangers_to_sign_in(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 303
    assert response.location.startswith("/login?next=")
