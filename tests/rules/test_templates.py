"""Every template compiles, uses what it imports, and stays small.

It does no arithmetic and names no amount, so that every figure comes from pricing; pages hold
nothing inline. Each rule is one test, which names every template that breaks it.
"""

import re
from functools import cache
from pathlib import Path

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


@cache
def trees() -> dict[str, nodes.Template]:
    app = Flask("templates", root_path=str(ROOT.parent))
    return {name: app.jinja_env.parse((ROOT / name).read_text()) for name in TEMPLATES}


def test_templates_do_no_arithmetic() -> None:
    assert [name for name, tree in trees().items() if list(tree.find_all(ARITHMETIC))] == []
    filters = {
        (name, node.name) for name, tree in trees().items() for node in tree.find_all(nodes.Filter)
    }
    assert [(name, one) for name, one in filters if one in CALCULATING] == []


def words_of(tree: nodes.Template) -> list[str]:
    words = [node.data for node in tree.find_all(nodes.TemplateData)]
    return words + [str(node.value) for node in tree.find_all(nodes.Const)]


def test_templates_name_no_amount() -> None:
    named = [
        (name, text)
        for name, tree in trees().items()
        for text in words_of(tree)
        if AMOUNT.search(text)
    ]
    assert named == [], "show a price's own figures"


def unused_imports(tree: nodes.Template) -> set[str]:
    imported = {
        item[1] if isinstance(item, tuple) else item
        for node in tree.find_all(nodes.FromImport)
        for item in node.names
    }
    return imported - {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}


def test_what_is_imported_is_used() -> None:
    unused = {name: unused_imports(tree) for name, tree in trees().items()}
    assert {name: found for name, found in unused.items() if found} == {}


def test_pages_hold_no_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=\"")
    assert [name for name in PAGES if inline.search((ROOT / name).read_text())] == []


def test_templates_stay_small() -> None:
    assert [name for name in TEMPLATES if (ROOT / name).read_text().count("\n") > 120] == []


def names_itself(name: str) -> bool:
    blocks = {block.name for block in trees()[name].find_all(nodes.Block)}
    return "title" in blocks or "{% set" in (ROOT / name).read_text()


def test_pages_extend_a_base_and_have_a_title() -> None:
    whole = [n for n in PAGES if "base" not in Path(n).stem and not Path(n).stem.startswith("_")]
    assert [name for name in whole if not list(trees()[name].find_all(nodes.Extends))] == []
    assert [name for name in whole if not names_itself(name)] == []
