"""The app factory: an ordered table of contents, and nothing else."""

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from pricingsite import blueprints, cli, database, settings
from pricingsite.web import (
    formats,
    invoice_words,
    merchant,
    price_tags,
    shown_prices,
    tax_notes,
    totals,
    unit_prices,
)
from pricingsite.web.http import (
    assets,
    bodies,
    csrf,
    errors,
    headers,
    hosts,
    limits,
    page_cache,
    problems,
)
from pricingsite.web.sign_in import flask_security, sessions


def create_app(
    overrides: Mapping[str, object] | None = None, instance: Path | None = None
) -> Flask:
    """The site, ready to serve; `overrides` come last, `instance` is its own folder."""
    instance = instance or settings.instance_path()
    app = Flask("pricingsite", root_path=str(settings.ROOT), instance_path=str(instance))
    settings.load(app.config, instance, overrides)
    page_cache.init_app(app)
    hosts.init_app(app)
    hops = app.config["TRUSTED_PROXIES"]
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    database.init_app(app)
    bodies.init_app(app)
    limits.init_app(app)
    csrf.csrf.init_app(app)
    flask_security.init_app(app)
    sessions.init_app(app)

    merchant.init_app(app)
    formats.init_app(app)
    invoice_words.init_app(app)
    price_tags.init_app(app)
    unit_prices.init_app(app)
    tax_notes.init_app(app)
    shown_prices.init_app(app)
    totals.init_app(app)
    assets.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    problems.init_app(app)

    blueprints.init_app(app)
    cli.init_app(app)
    return app
