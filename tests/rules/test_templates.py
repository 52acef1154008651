"""Every template compiles, uses what it imports, and stays small.

It does no arithmetic and names no amount, so that every figure comes from pricing; pages hold
nothing inline.
"""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

ROOT = Path(__file__).parents[2] / "templates"
TEMPLATES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())
PAGES = [
    name
    for name in TEMPLATES
    if name.endswith(".html") and not name.startswith(("macros/", "email/"))
]
AMOUNT = re.compile(r"[£€¥]|\$\d|&(pound|euro|yen);|\b(GBP|EUR|USD|JPY)\b")
CALCULATING = {"sum", "round", "int", "float"}
ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)


def parsed(app: Flask, name: str) -> nodes.Template:
    return app.jinja_env.parse((ROOT / name).read_text())


@pytest.fixture(scope="module")
def app() -> Flask:
    return Flask("templates", root_path=str(ROOT.parent))


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_do_no_arithmetic(app: Flask, name: str) -> None:
    tree = parsed(app, name)
    assert not list(tree.find_all(ARITHMETIC))
    assert not CALCULATING & {node.name for node in tree.find_all(nodes.Filter)}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_name_no_amount(app: Flask, name: str) -> None:
    tree = parsed(app, name)
    words = [node.data for node in tree.find_all(nodes.TemplateData)]
    words += [str(node.value) for node in tree.find_all(nodes.Const)]
    assert not [text for text in words if AMOUNT.search(text)], "show a price's own figures"


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_imported_is_used(app: Flask, name: str) -> None:
    tree = parsed(app, name)
    imported = {
        item[1] if isinstance(item, tuple) else item
        for node in tree.find_all(nodes.FromImport)
        for item in node.names
    }
    used = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    assert imported <= used


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_no_inline_style_or_script(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"", text)


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_stay_small(name: str) -> None:
    assert (ROOT / name).read_text().count("\n") <= 120


@pytest.mark.parametrize("name", PAGES)
def test_pages_have_a_title(app: Flask, name: str) -> None:
    tree = parsed(app, name)
    if "base" in Path(name).stem or Path(name).stem.startswith("_"):
        return
    assert list(tree.find_all(nodes.Extends)), "a page extends a base"
    assert (
        any(block.name == "title" for block in tree.find_all(nodes.Block))
        or "{% set" in (ROOT / name).read_text()
    ), "a page names itself"
