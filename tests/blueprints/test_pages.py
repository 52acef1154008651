"""Terms, privacy, and what crawlers ask for."""

import re
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from support.pages import Browser

SITE = "http://127.0.0.1:5000"


pytestmark = pytest.mark.usefixtures("on_sale")


def test_terms_say_who_sells_which_version_and_how_to_leave(browser: Browser) -> None:
    page = browser.get("/terms")
    assert page.text_of("title") == "Terms – Amara"
    text = page.text_of("main")
    assert "Version 1." in text
    assert "Amara Software Ltd" in text
    assert "within 30 days" in text
    assert "cancel at any time on your account page, or by e-mail to" in text
    assert page.select("main a[href='mailto:billing@amara.example']")
    # What this merchant has none of.
    assert "trial" not in text.lower()
    assert "promotion" not in text.lower()


def test_privacy_says_what_is_kept_and_that_nothing_follows_visitors(browser: Browser) -> None:
    page = browser.get("/privacy")
    assert page.text_of("title") == "Privacy – Amara"
    assert page.texts("thead th") == ["What", "Why", "How long"]
    assert "There are no analytics or advertising cookies" in page.text_of("main")


@pytest.mark.parametrize("path", ["/terms", "/privacy", "/sitemap.xml", "/robots.txt", "/llms.txt"])
def test_pages_are_public_and_revalidated(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_sitemap_lists_public_pages_and_when_prices_changed(client: FlaskClient) -> None:
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = ET.fromstring(answer.text)  # noqa: S314 - our own answer
    addresses = [element.text for element in root.findall("s:url/s:loc", names)]
    paths = ["/", "/plans/start", "/plans/scale", "/calculator", "/pricing/history"]
    paths += ["/api/v1", "/api/v1/webhooks", "/terms", "/privacy"]
    assert addresses == [SITE + path for path in paths]
    changed = {element.text for element in root.findall("s:url/s:lastmod", names)}
    assert changed == {"2026-01-01"}
    for path in paths:
        assert client.get(path).status_code == 200


def test_crawlers_are_kept_from_what_is_personal(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    for path in ("/account", "/checkout", "/orders", "/api"):
        assert f"Disallow: {path}" in lines
    assert "Allow: /api/v1$" in lines
    assert f"Sitemap: {SITE}/sitemap.xml" in lines


def test_what_is_for_sale_is_listed_for_language_models(client: FlaskClient) -> None:
    text = client.get("/llms.txt").text
    assert text.startswith("# Amara\n")
    links = re.findall(r"\]\((\S+?)\)", text)
    assert f"{SITE}/plans/scale" in links
    for link in links:
        assert client.get(link.removeprefix(SITE)).status_code == 200, link
    assert re.search(r"\n{3,}", text) is None
    assert "/plans/start): £500.00 a month excl. VAT. The whole platform for one price.\n" in text
    assert "/plans/scale): From £750.00 a month excl. VAT." in text
