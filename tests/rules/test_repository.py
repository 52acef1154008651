"""What may stand in the repository, and that the README stays true."""

import re
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from pricingsite.setting_rules import RULES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pricingsite"
README = (ROOT / "README.md").read_text() if (ROOT / "README.md").exists() else ""
TOP = {
    ".ci",
    ".github",
    ".gitignore",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "wsgi.py",
    "pricingsite",
    "templates",
    "static",
    "tests",
    "instance",
    "requirements.txt",
    "requirements-dev.txt",
}
SETTINGS = list(RULES)


def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_nothing_stands_beside_the_given_top_level() -> None:
    assert {path.split("/")[0] for path in tracked()} <= TOP


def test_no_generated_file_is_committed() -> None:
    # Tools keep what they remember in hidden folders; those that are ours are named in TOP.
    generated = re.compile(r"/\.|\.(db|sqlite3?|pyc|eml)$|(^|/)(uv\.lock|secret_key)$")
    assert not [path for path in tracked() if generated.search(path)]


@pytest.mark.parametrize("name", SETTINGS)
def test_the_readme_names_every_setting(name: str) -> None:
    assert re.search(rf"`(PRICINGSITE_)?{name}`", README), f"say what {name} is for"


def test_the_readme_names_every_command(app: Flask) -> None:
    for name, command in app.cli.commands.items():
        if name in {"db", "routes", "run", "shell", "limiter", "roles", "users"}:
            continue
        for verb in getattr(command, "commands", {"": None}):
            assert f"flask {name} {verb}".strip() in README, f"say what flask {name} {verb} does"


def test_the_readme_names_every_address_and_no_other(app: Flask) -> None:
    named = {shape(path) for path in re.findall(r"`(?:[A-Z]+ )?(/[^`\s?]*)", README)}
    assert named == {shape(rule.rule) for rule in app.url_map.iter_rules()}


def shape(path: str) -> str:
    """An address without the names of its parameters."""
    return re.sub(r"<[^>]*>", "<>", path)


@pytest.mark.parametrize("document", ["README.md", ".github/CONTRIBUTING.md"])
def test_files_that_documents_name_are_there(document: str) -> None:
    named = re.findall(r"`([a-z_]+/[\w/]*(?:\.\w+)?)`", (ROOT / document).read_text())
    ours = [path for path in named if not path.startswith("instance/")]
    assert [
        p for p in ours if not any((top / p).exists() for top in (ROOT, ROOT / "pricingsite"))
    ] == []


def test_the_two_commands_are_pasted_as_they_stand() -> None:
    setup = "python3 -m venv .venv && .venv/bin/pip install -r"
    assert f"{setup} requirements.txt && .venv/bin/flask demo" in README
    assert f"{setup} requirements-dev.txt && .venv/bin/pytest" in README
