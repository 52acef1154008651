"""How soon a process can answer: import and first page, beside the frameworks alone."""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from conftest import SECRET_KEY, migrate
from floors import Floors
from support.servers import ROOT

ROUNDS = 9
FRAMEWORKS = """
from flask import Flask, render_template_string
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import FlaskForm
app = Flask("a")
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)
app.get("/")(lambda: render_template_string("{{ n }}", n=db.session.scalar(db.text("SELECT 1"))))
assert app.test_client().get("/").status_code == 200
"""
SITE = """
from wsgi import app
assert app.test_client().get("/terms").status_code in {200, 503}
"""


def cpu_seconds(code: str, environment: dict[str, str]) -> float:
    """What a process of this code takes, in user and in system mode."""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0
    return used.ru_utime + used.ru_stime


def test_a_process_starts_soon(tmp_path: Path, floors: Floors) -> None:
    url = f"sqlite:///{tmp_path / 'site.db'}"
    migrate(url, tmp_path)
    settings = {"DATABASE_URL": url, "INSTANCE_PATH": str(tmp_path), "SECRET_KEY": SECRET_KEY}
    environment = {f"PRICINGSITE_{name}": value for name, value in settings.items()}
    ratios = [
        cpu_seconds(SITE, environment) / cpu_seconds(FRAMEWORKS, environment) for _ in range(ROUNDS)
    ]
    floors.hold("import and first page / the frameworks alone", median(ratios), most=2.5)
