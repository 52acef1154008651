"""A visitor who reads pages and sends the forms on them, checking on each what every page owes.

`get` and `submit` follow no redirect by themselves: say `status=303` and read `.location`.
"""

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.test import TestResponse


class Page(BeautifulSoup):
    """A parsed page; `one`, `texts` and `text_of` say what was missing."""

    location: str | None = None
    headers: Any = None

    def one(self, selector: str) -> Tag:
        """The only element that matches."""
        found = self.select(selector)
        assert len(found) == 1, f"{len(found)} elements match {selector!r}"
        return found[0]

    def text_of(self, selector: str) -> str:
        return squeeze(self.one(selector).get_text(" "))

    def texts(self, selector: str) -> list[str]:
        return [squeeze(element.get_text(" ")) for element in self.select(selector)]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


_REFUSED = {"style", "onclick", "onsubmit", "onload", "onchange"}


def check_page(page: Page, response: TestResponse) -> None:
    """What every HTML page owes its reader, whatever it shows."""
    assert page.one("html")["lang"] == "en-GB"
    heading, title = page.text_of("h1"), page.text_of("title")
    assert title, f"no title above {heading}"
    assert page.one("main")
    # Every page of every test comes by here: the whole page is walked only once.
    elements = page.find_all(name=True)
    identifiers = [element["id"] for element in elements if element.has_attr("id")]
    assert len(identifiers) == len(set(identifiers)), "an id is used twice"
    labelled = {element.get("for") for element in elements if element.name == "label"}
    for element in elements:
        assert element.name != "style", "a style sheet of its own"
        assert not element.attrs.keys() & _REFUSED, f"refused by the content policy: {element}"
        if element.name in {"input", "select", "textarea"}:
            hidden = element.get("type") in {"hidden", "submit"}
            assert hidden or element.get("id") in labelled, f"no label for {element}"
        elif element.name == "script":
            is_data = element.get("type") == "application/ld+json"
            assert is_data or element.has_attr("src"), f"a script in the page: {element}"
        elif element.name == "form" and element.get("method") == "post":
            assert element.get("action"), "a form needs its address"
            assert element.select("input[name=csrf_token]"), "a form needs its CSRF token"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


class Browser:
    """One visitor with their cookies."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, *, status: int = 200, **options: Any) -> Page:
        return self._page(self.client.get(path, **options), status)

    def post(self, path: str, data: dict[str, Any], *, status: int = 303, **options: Any) -> Page:
        return self._page(self.client.post(path, data=data, **options), status)

    def submit(
        self, page: Page, form: str = "main form", *, status: int = 303, **values: str | list[str]
    ) -> Page:
        """Send a form as it was rendered, hidden fields included, with `values` typed into it."""
        element = page.one(form)
        data: dict[str, str | list[str]] = {}
        for field in element.select("input[name], select[name], textarea[name]"):
            if field.get("type") in {"checkbox", "radio"}:
                if field.has_attr("checked"):
                    data[field["name"]] = [*data.get(field["name"], []), _value(field)]
            else:
                data[field["name"]] = _value(field)
        named = {field["name"] for field in element.select("[name]")}
        unknown = set(values) - named
        assert not unknown, f"the form has no field {unknown}"
        data.update(values)
        button = element.select_one("button[name]")
        # Somebody who fills in a form sends it by the button that says no more than that.
        if button is not None and not element.select("button:not([name])"):
            data.setdefault(button["name"], button.get("value", ""))
        if element.get("method", "get").lower() == "get":
            return self.get(element["action"], status=status, query_string=data)
        return self.post(element["action"], data, status=status)

    def follow(self, page: Page, *, status: int = 200) -> Page:
        assert page.location, "there is no redirect to follow"
        return self.get(page.location, status=status)

    def _page(self, response: TestResponse, status: int) -> Page:
        body = response.get_data(as_text=True)
        assert response.status_code == status, f"{response.status}: {squeeze(body)[:600]}"
        page = Page(body, "html5lib")
        page.location, page.headers = response.headers.get("Location"), response.headers
        if response.mimetype == "text/html" and not 300 <= status < 400:
            check_page(page, response)
        return page


def _value(field: Tag) -> str:
    if field.name == "select":
        chosen = field.select_one("option[selected]") or field.select_one("option")
        return str(chosen.get("value", chosen.get_text())) if chosen else ""
    if field.name == "textarea":
        return field.get_text()
    return str(field.get("value", ""))
