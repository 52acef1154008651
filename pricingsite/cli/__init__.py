"""The `flask …` commands over the same services; results to stdout, remarks to stderr."""

from collections.abc import Mapping
from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

# Each command by its name: its module, and its name there. They are loaded when they are asked for,
# since processes that serve the site never do.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "catalog": ("pricingsite.cli.catalog.commands", "group"),
    "customers": ("pricingsite.cli.customers", "group"),
    "usage": ("pricingsite.cli.usage", "group"),
    "exchange-rates": ("pricingsite.cli.exchange_rates", "group"),
    "api-keys": ("pricingsite.cli.api_keys", "group"),
    "outbox": ("pricingsite.cli.outbox", "group"),
    "webhooks": ("pricingsite.cli.webhooks", "group"),
    "billing": ("pricingsite.cli.billing", "group"),
    "invoices": ("pricingsite.cli.invoices.commands", "group"),
    "prices": ("pricingsite.cli.prices", "group"),
    "schedules": ("pricingsite.cli.schedules.commands", "group"),
    "check": ("pricingsite.cli.check", "command"),
    "backup": ("pricingsite.cli.backup", "backup"),
    "restore": ("pricingsite.cli.backup", "restore"),
    "demo": ("pricingsite.cli.demo.command", "command"),
    "db": ("flask_migrate.cli", "db"),
}


class _Commands(AppGroup):
    """The site's commands and `flask db`, beside those that extensions have added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command by its name."""
        return sorted({*super().list_commands(ctx), *_COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, loaded now if it was not before."""
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


def init_app(app: Flask) -> None:
    """Give `flask` the commands."""
    app.cli = _Commands(app.cli.name, commands=app.cli.commands)
