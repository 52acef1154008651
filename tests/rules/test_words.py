"""The product's English: discarded phrases stay out, and the tax is named in one place."""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

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


@cache
def strings(path: Path) -> list[str]:
    """Every text of a module, its docstrings too; of any other file, its whole text."""
    if path.suffix != ".py":
        return [path.read_text()]
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def saying(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[tuple[str, str]]:
    """The texts in which a pattern is found, with their files."""
    return [
        (name_of(path), line)
        for path in paths
        for line in (re.sub(r"\s+", " ", text) for text in strings(path))
        if pattern.search(line)
    ]


def test_no_text_uses_a_discarded_phrase() -> None:
    assert saying(DISCARDED, [ROOT / "README.md", *TEXTS, *CATALOGS, *MODULES]) == []


def test_templates_name_the_tax_as_the_merchant_does() -> None:
    said = {one for path in TEXTS for one in re.findall(r"\btax\.(\w+)", path.read_text())}
    assert said <= set(dir(Tax)), "wording.tax says what there is"


def test_prices_and_tax_meet_in_one_place() -> None:
    told = saying(TAX, [*TEXTS, *MODULES])
    elsewhere = [(name, text) for name, text in told if "`" not in text]
    assert {name for name, _ in elsewhere} == {"pricingsite/wording/tax.py"}, elsewhere
