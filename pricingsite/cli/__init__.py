"""The `flask …` commands over the same services; results to stdout, remarks to stderr."""

from flask import Flask

from pricingsite.cli import api_keys, backup, catalog, customers, demo, outbox, usage


def init_app(app: Flask) -> None:
    """Give `flask` the commands."""
    for module in (catalog, customers, usage, api_keys, outbox):
        app.cli.add_command(module.group)
    for command in (backup.backup, backup.restore, demo.command):
        app.cli.add_command(command)
