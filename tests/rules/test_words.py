"""The product's English: discarded phrases stay out, and the tax is named in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pricingsite.wording.tax import Tax

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pricingsite"
# Each was found hard to read, and has a plain word in its place.
DISCARDED = re.compile(
    r"\bof late\b|\banew\b|\b[Ww]hoever\b"
    r"|\b[Ii]n all\b(?! of)|\b[Ww]hatever you use\b|\bspeaks? again\b"
    r"|\b[Gg]oes on being\b|\b[Nn]o good key\b|\bWho orders\b|\bUntil that changes\b|\bare left\b"
    r"|\bstands? on your\b|\bBeside the last\b|\bWhere this bill is going\b"
    r"|\bto the end of the period that is running\b|\b[Aa]nswer this e-mail\b|\bOne is cheapest\b"
)
TEXTS = sorted(
    path
    for folder in ("templates", ".github", "static")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".html", ".txt", ".md", ".js"}
)
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "migrations" not in path.relative_to(PACKAGE).parts
)
CATALOGS = sorted((PACKAGE / "demo").glob("*.toml"))
TAX = re.compile(r"\b(?:[Ee]xcl|[Ii]ncl)\. ")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def strings(path: Path) -> Iterator[str]:
    """Every text of a module, its docstrings too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", [ROOT / "README.md", *TEXTS, *CATALOGS], ids=name_of)
def test_texts_use_no_discarded_phrase(path: Path) -> None:
    assert not DISCARDED.findall(re.sub(r"\s+", " ", path.read_text()))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_use_no_discarded_phrase(path: Path) -> None:
    assert not [text for text in strings(path) if DISCARDED.search(re.sub(r"\s+", " ", text))]


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_templates_name_the_tax_as_the_merchant_does(path: Path) -> None:
    said = re.findall(r"\btax\.(\w+)", path.read_text())
    assert set(said) <= set(dir(Tax)), "wording.tax says what there is"


@pytest.mark.parametrize("path", [*TEXTS, *MODULES], ids=name_of)
def test_prices_and_tax_meet_in_one_place(path: Path) -> None:
    if name_of(path) == "pricingsite/wording/tax.py":
        return
    told = [path.read_text()] if path in TEXTS else strings(path)
    assert not [text for text in told if TAX.search(text) and "`" not in text], "use wording.tax"
