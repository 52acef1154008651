"""`flask catalog import`: a catalog to be filled in, out of what Stripe's API answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from support.stripe import export_of, price, product


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        return app.test_cli_runner().invoke(args=["catalog", "import", *map(str, arguments)])

    return run


def test_the_command_writes_a_catalog_to_be_filled_in(
    run: Callable[..., Result], app: Flask, tmp_path: Path
) -> None:
    products, prices, catalog = (tmp_path / name for name in ("1.json", "2.json", "mine.toml"))
    products.write_text(export_of(product("prod_1", "Pro")))
    prices.write_text(export_of(price("price_1", "900")))
    printed = run("--stripe", products, "--stripe", prices)
    assert printed.exit_code == 0
    assert 'amount = "9"' in printed.stdout
    assert "product prod_1 (Pro): Stripe has no plans" in printed.stderr
    written = run("--stripe", products, "--stripe", prices, "--output", catalog)
    assert (written.exit_code, written.stdout) == (0, "")
    assert catalog.read_text() == printed.stdout
    checked = app.test_cli_runner().invoke(args=["catalog", "check", str(catalog)])
    assert checked.exit_code == 1
    assert {line.split(".")[0] for line in checked.stderr.splitlines()[:-1]} == {"merchant"}
    again = run("--stripe", products, "--stripe", prices, "--output", catalog)
    assert (again.exit_code, catalog.read_text()) == (1, printed.stdout)


def test_the_command_names_a_file_that_is_no_export(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff")
    refused = run("--stripe", file)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "x.json" in refused.stderr
