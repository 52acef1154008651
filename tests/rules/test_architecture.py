"""The house's own rules: layers, the one commit, the one clock, sockets in one place, sizes.

Each rule is one test, which names every module that breaks it.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pricingsite"
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "migrations" not in path.relative_to(PACKAGE).parts
)
BLUEPRINTS = [path for path in MODULES if "blueprints" in path.parts]
SOCKETS = {"smtplib", "socket", "ssl", "http.client", "urllib.request", "requests", "httpx"}


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in nodes(path) if isinstance(node, ast.FunctionDef)]


def lines_of(function: ast.FunctionDef) -> int:
    """From `def` to the last line; decorators are not counted."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def found_in(paths: Iterable[Path], sought: Callable[[Path], list[str]]) -> dict[str, list[str]]:
    """What is sought, by the modules that hold it."""
    return {name_of(path): found for path in paths if (found := sought(path))}


def tool(*command: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / command[0], *command[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_layers_import_downward_only() -> None:
    tool("lint-imports", "--no-cache")


def test_types_hold() -> None:
    tool("mypy")


def test_the_linter_is_content() -> None:
    tool("ruff", "check", "--no-cache", ".")


def test_the_formatter_would_change_nothing() -> None:
    tool("ruff", "format", "--no-cache", "--check", ".")


def commits(path: Path) -> list[str]:
    attributes = [node for node in nodes(path) if isinstance(node, ast.Attribute)]
    return [ast.unparse(node) for node in attributes if node.attr == "commit"]


def test_only_the_edge_commits() -> None:
    found = found_in(MODULES, commits)
    assert list(found) == ["web/transaction.py"], f"use its committing(): {found}"


def readings_of_time(path: Path) -> list[str]:
    return [
        ast.unparse(node)
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]


def test_only_the_clock_reads_the_time() -> None:
    found = found_in(MODULES, readings_of_time)
    assert list(found) == ["web/clock.py"], f"take `now` as an argument: {found}"


def imported_sockets(path: Path) -> list[str]:
    imported = {
        alias.name for node in nodes(path) if isinstance(node, ast.Import) for alias in node.names
    } | {node.module for node in nodes(path) if isinstance(node, ast.ImportFrom)}
    return sorted(imported & SOCKETS)


def test_only_integrations_open_sockets() -> None:
    found = found_in(MODULES, imported_sockets)
    assert {name.partition("/")[0] for name in found} == {"integrations"}, found


def queries(path: Path) -> list[str]:
    asked = {"execute", "get", "get_one", "query", "scalar", "scalars"}
    sent = [
        ast.unparse(node)
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in asked
        and ast.unparse(node.value) in {"db.session", "db.session()", "session"}
    ]
    # Names in small letters build statements; exceptions and types may be caught and named.
    built = [
        alias.name
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module in {"sqlalchemy", "sqlalchemy.orm"}
        for alias in node.names
        if alias.name.islower()
    ]
    return sent + built


def test_blueprints_hold_no_query() -> None:
    assert found_in(BLUEPRINTS, queries) == {}, "ask a service"


def long_views(path: Path) -> list[str]:
    views = [
        function
        for function in functions(path)
        if any(ast.unparse(each).startswith("bp.") for each in function.decorator_list)
    ]
    return [view.name for view in views if lines_of(view) >= 25]


def test_views_are_short() -> None:
    assert found_in(BLUEPRINTS, long_views) == {}, "a view parses, asks a service and renders"


def long_functions(path: Path) -> list[str]:
    return [each.name for each in functions(path) if lines_of(each) >= 60]


def test_functions_are_short() -> None:
    assert found_in(MODULES, long_functions) == {}


def test_modules_say_what_they_own_and_stay_small() -> None:
    texts = {name_of(path): path.read_text() for path in MODULES}
    assert [name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))] == []
    large = [name for name, text in texts.items() if text.count("\n") > 300]
    assert large == [], "split it where its nouns part"


def test_the_map_names_what_is_there() -> None:
    text = (PACKAGE / "__init__.py").read_text()
    drawn, folder = set(), ""
    for indent, name in re.findall(r"^( {4}| {6})([a-z0-9_]+/?) +\S", text, re.MULTILINE):
        folder = name if len(indent) == 4 else folder
        drawn.add(name if name == folder else folder + name)
    there = {entry for room in rooms(PACKAGE) for entry in (room, *rooms(PACKAGE / room, room))}
    assert drawn == there


def rooms(folder: Path, prefix: str = "") -> list[str]:
    """A package's modules by name, and its folders by name and slash."""
    if not (folder / "__init__.py").exists():
        return []
    inside = [path for path in folder.iterdir() if path.stem not in {"__init__", "__pycache__"}]
    return [f"{prefix}{path.stem}{'/' if path.is_dir() else ''}" for path in inside]


def test_no_rooms_without_a_name() -> None:
    vague = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert not [path for path in MODULES if path.name in vague or path.stem.endswith("_manager")]
