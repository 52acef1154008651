"""Settings: their order, and that a wrong one stops the start with one line that says why."""

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pricingsite.app import create_app
from pricingsite.settings import ROOT, SettingError

SECRET = "a-secret-of-tests-alone-0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("NOW", "yesterday", "an instant such as 2027-02-28T12:00:00Z, in the years 2000 to 2199"),
        ("NOW", "2027-02-28T12:00:00", "expected an instant"),
        ("NOW", "9999-12-31T23:59:59-01:00", "expected an instant"),
        ("NOW", "0001-01-01T00:00:00Z", "expected an instant"),
        ("BASE_URL", "ftp://shop.example", "expected http://host or https://host"),
        ("BASE_URL", "https://shop.example/shop", "no path"),
        ("BASE_URL", "https://shop.example/?", "no path"),
        ("BASE_URL", "https://x y", "found 'https://x y'"),
        ("BASE_URL", "https://x:99999", "with a port at most"),
        ("BASE_URL", "https://x:0", "with a port at most"),
        ("BASE_URL", "https://[::1", "expected http://host"),
        ("BASE_URL", "https://a..b", "expected http://host"),
        ("BASE_URL", None, "expected http://host"),
        ("DATABASE_URL", "mysql://x", "expected sqlite:///FILE or postgresql+psycopg://user@host"),
        ("DATABASE_URL", "sqlite://", "expected sqlite:///FILE"),
        ("DATABASE_URL", "postgresql+psycopg://host:99999/name", "expected sqlite:///FILE"),
        ("DATABASE_BUSY_SECONDS", 10**7, "a whole number of seconds from 0 to 600"),
        ("RATELIMIT_ENABLED", "no", "expected true or false"),
        ("TRUSTED_PROXIES", -1, "a whole number of proxies from 0 to 10, found -1"),
        ("TRUSTED_PROXIES", True, "a whole number of proxies"),
        ("TAX_ID_CHECK_URL", "http://register.example/check", "expected https://host/path"),
        ("TAX_ID_CHECK_URL", "register.example", "expected https://host/path"),
        ("SMTP_URL", "mail.example", "expected smtp://host:port or smtps://host:port"),
        ("SMTP_URL", "smtp://", "expected smtp://host:port"),
        ("SMTP_URL", "smtp://mail.example:99999", "expected smtp://host:port"),
        ("REDIS_URL", "x", "expected redis://host:port or rediss://host:port"),
        ("REDIS_URL", "redis://cache?socket_timeout=soon", "expected redis://host:port"),
        ("PERMANENT_SESSION_LIFETIME", "14 days", "a whole number of seconds from 60"),
        ("PERMANENT_SESSION_LIFETIME", -5, "a whole number of seconds from 60"),
        ("CHECKOUT_DAYS_AHEAD", 10**7, "a whole number of days from 0 to 3,650"),
        ("VERIFICATION_LINK_DAYS", 10**7, "a whole number of days from 1 to 365"),
        ("VERIFICATION_LINK_DAYS", 1.5, "a whole number of days"),
        ("MAX_CONTENT_LENGTH", 0, "a whole number of bytes from 10,000"),
    ],
)
def test_a_wrong_setting_stops_the_start(
    tmp_path: Path, name: str, value: object, why: str
) -> None:
    with pytest.raises(SettingError) as stopped:
        create_app({name: value}, tmp_path)
    line = str(stopped.value)
    assert line.startswith(f"Setting PRICINGSITE_{name}: ")
    assert why in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("BASE_URL", "https://user:hunter2@shop.example"),
        ("SMTP_URL", "smtp://user:hunter2@"),
        ("DATABASE_URL", "mysql://user:hunter2@db/name"),
    ],
)
def test_a_password_is_never_printed(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name) as stopped:
        create_app({name: value}, tmp_path)
    assert "hunter2" not in str(stopped.value)


WEAK = ["", "x", " " * 40, "x" * 40, "ab" * 20, "0123456789" * 4, "short-but-varied-0123456789"]


@pytest.mark.parametrize("secret", WEAK)
def test_a_weak_secret_stops_the_start_wherever_it_is_written(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingError, match="32 random characters or more"):
        create_app({"SECRET_KEY": secret}, tmp_path)
    (tmp_path / "secret_key").write_text(secret)
    with pytest.raises(SettingError, match="32 random characters or more"):
        create_app(instance=tmp_path)
    assert (tmp_path / "secret_key").read_text() == secret


@pytest.mark.parametrize("secret", ["83016547921084736592018365740291", SECRET])
def test_a_long_secret_is_taken_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("PRICINGSITE_SECRET_KEY", secret)
    assert create_app(instance=tmp_path).config["SECRET_KEY"] == secret
    monkeypatch.delenv("PRICINGSITE_SECRET_KEY")
    (tmp_path / "secret_key").write_text(f"{secret}\n")
    assert create_app(instance=tmp_path).config["SECRET_KEY"] == secret


@pytest.mark.parametrize("name", ["WTF_CSRF_ENABLED", "TESTING", "SECRET", "NOW__YEAR", ""])
def test_a_name_that_is_no_setting_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"PRICINGSITE_{name}", "false")
    with pytest.raises(SettingError, match=f"There is no setting PRICINGSITE_{name}: "):
        create_app(instance=tmp_path)


def test_the_file_holds_settings_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    for text, why in (
        ("WTF_CSRF_ENABLED = false", "There is no setting WTF_CSRF_ENABLED in "),
        ("NOW = ", "is not TOML"),
        (f"NOW = {'[' * 3000}", "is not TOML"),
        (f"TRUSTED_PROXIES = {'9' * 5000}", "is not TOML"),
        ("NOW = 2027-02-28T12:00:00Z", "PRICINGSITE_NOW: expected an instant"),
        ("SECRET_KEY = 83016547921084736592018365740291", "PRICINGSITE_SECRET_KEY: expected 32"),
    ):
        file.write_text(text)
        with pytest.raises(SettingError, match=why) as stopped:
            create_app(instance=tmp_path)
        assert "\n" not in str(stopped.value)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="cannot be read"):
        create_app(instance=tmp_path)


def test_the_clock_cannot_be_stopped_where_the_site_is_real(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be stopped while the base URL is https"):
        create_app({"NOW": "2027-01-01T00:00:00Z", "BASE_URL": "https://shop.example"}, tmp_path)


def test_the_environment_comes_after_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text("CHECKOUT_DAYS_AHEAD = 10\nTRUSTED_PROXIES = 1\n")
    monkeypatch.setenv("PRICINGSITE_TRUSTED_PROXIES", "2")
    app = create_app(instance=tmp_path)
    assert app.config["CHECKOUT_DAYS_AHEAD"] == 10
    assert app.config["TRUSTED_PROXIES"] == 2


def test_the_first_start_makes_a_secret_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    first = create_app(instance=tmp_path).config["SECRET_KEY"]
    second = create_app(instance=tmp_path).config["SECRET_KEY"]
    other = create_app(instance=tmp_path / "other").config["SECRET_KEY"]
    assert first == second != other
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def start_on_a_full_disk(instance: Path) -> subprocess.CompletedProcess[str]:
    """Start the site in a process of its own that may write not a byte into any file."""
    return subprocess.run(
        [sys.executable, "-c", "import wsgi; print(wsgi.app.config['SECRET_KEY'])"],
        cwd=ROOT,
        env=os.environ | {"PRICINGSITE_INSTANCE_PATH": str(instance)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_start_writes_nothing_that_it_can_read(tmp_path: Path) -> None:
    secret = create_app(instance=tmp_path).config["SECRET_KEY"]
    assert start_on_a_full_disk(tmp_path).stdout == f"{secret}\n"
    first = start_on_a_full_disk(tmp_path / "other")
    assert (first.returncode, first.stdout) == (4, "")
    assert first.stderr.startswith("Setting PRICINGSITE_SECRET_KEY: there is none, and none can be")
    assert first.stderr.count("\n") == 1
    assert list((tmp_path / "other").iterdir()) == []


def test_a_start_loads_nothing_that_only_others_use(tmp_path: Path) -> None:
    """SQLite needs no driver of PostgreSQL, and pages need no migrations, files or passwords."""
    code = (
        "import gc, sys, wsgi; wsgi.app.test_client().get('/terms'); "
        "print(*sys.modules, 'collected' if gc.isenabled() else '')"
    )
    environment = os.environ | {"PRICINGSITE_INSTANCE_PATH": str(tmp_path)}
    started = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(started.stdout.split())
    assert "pricingsite.blueprints.account" in loaded
    toml = "pricingsite.services.catalog.toml_values"
    assert loaded & {"psycopg", "alembic", "zxcvbn", "typst", "facturx", toml} == set()
    assert "collected" in loaded, "garbage is not collected"


@pytest.mark.parametrize(
    ("base", "prefix", "secure"),
    [
        ("https://shop.example", "__Host-", True),
        ("HTTPS://Shop.example:443/", "__Host-", True),
        ("http://127.0.0.1:5000", "", False),
    ],
)
def test_cookies_are_bound_to_the_host_exactly_with_https(
    tmp_path: Path, base: str, prefix: str, *, secure: bool
) -> None:
    config = create_app({"BASE_URL": base, "SECRET_KEY": SECRET}, tmp_path).config
    for cookie in ("SESSION", "REMEMBER"):
        assert config[f"{cookie}_COOKIE_NAME"].startswith(prefix or cookie.lower())
        assert config[f"{cookie}_COOKIE_SECURE"] is secure
        assert config[f"{cookie}_COOKIE_HTTPONLY"]
