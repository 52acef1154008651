"""Journeys: the site as served, in a real Chromium, on SQLite and on PostgreSQL.

Any console error or breach of the content policy fails the test that caused it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support.factories import AMARA, APPLIED_AT
from werkzeug.serving import make_server

from pricingsite.database import db
from pricingsite.services.catalog.applying import apply
from pricingsite.services.catalog.reading import read_catalog

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# As long as pages wait for anything else: a machine with much to do is slow, not wrong.
expect.set_options(timeout=30_000)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames and not any(
        "database_url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")
    ):
        metafunc.parametrize("database_url", BOTH, indirect=True)


@pytest.fixture
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The catalog file that the site serves: Amara's, unless a test names or writes another."""
    asked: Path | str = getattr(request, "param", AMARA)
    if isinstance(asked, Path):
        return asked
    file = tmp_path / "catalog.toml"
    file.write_text(asked)
    return file


@pytest.fixture
def site(app: Flask, catalog: Path) -> Iterator[str]:
    """The address of the site, serving a catalog."""
    with app.app_context():
        apply(db.session(), read_catalog(catalog.read_bytes()), archive=False, now=APPLIED_AT)
        db.session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["BASE_URL"] = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield app.config["BASE_URL"]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI installs Chromium, and there is none")
        pytest.skip("no Chromium here: install your system's chromium package to run the journeys")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """`open_page(width=320, color_scheme="dark", javascript=False)`: a visitor's empty page."""
    contexts, complaints = [], []

    def opening(
        *,
        width: int = 1280,
        height: int = 800,
        color_scheme: str = "light",
        javascript: bool = True,
    ) -> Page:
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            java_script_enabled=javascript,
            locale="en-GB",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opening
    for context in contexts:
        context.close()
    # A page that is meant to be refused (404, 422 …) shows up as a failed load; nothing else may.
    assert [text for text in complaints if "Failed to load resource" not in text] == []


@pytest.fixture
def no_violations() -> Callable[[Page], None]:
    """Run axe on the page as it stands, target sizes included."""

    def check(page: Page) -> None:
        # Under forced colours axe reads the sheet's, which are not those that are painted.
        forced = page.evaluate("matchMedia('(forced-colors: active)').matches")
        options = {
            "runOnly": {"type": "tag", "values": RULES},
            "rules": {"target-size": {"enabled": True}, "color-contrast": {"enabled": not forced}},
        }
        results = Axe().run(page, options=options)
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return check
