"""Settings: their order, and that a wrong one stops the start with one line that says why."""

import stat
from pathlib import Path

import pytest

from pricingsite.app import create_app
from pricingsite.settings import SettingError

SECRET = "a-secret-of-tests-alone-0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("NOW", "yesterday", "expected an instant such as 2027-02-28T12:00:00Z, found 'yesterday'"),
        ("NOW", "2027-02-28T12:00:00", "expected an instant such as"),
        ("BASE_URL", "ftp://shop.example", "expected http://host or https://host with no path"),
        ("BASE_URL", "https://shop.example/shop", "with no path"),
        ("DATABASE_URL", "mysql://x", "expected sqlite:///… or postgresql+psycopg://…"),
        ("RATELIMIT_ENABLED", "no", "expected true or false"),
        ("TRUSTED_PROXIES", -1, "expected a whole number from 0, found -1"),
        ("SMTP_URL", "mail.example", "expected smtp://host:port or smtps://host:port"),
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


def test_a_secret_is_never_printed(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as stopped:
        create_app({"SECRET_KEY": "hunter2"}, tmp_path)
    assert "hunter2" not in str(stopped.value)


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


@pytest.mark.parametrize(
    ("base", "prefix", "secure"),
    [("https://shop.example", "__Host-", True), ("http://127.0.0.1:5000", "", False)],
)
def test_cookies_are_bound_to_the_host_exactly_with_https(
    tmp_path: Path, base: str, prefix: str, *, secure: bool
) -> None:
    config = create_app({"BASE_URL": base, "SECRET_KEY": SECRET}, tmp_path).config
    for cookie in ("SESSION", "REMEMBER"):
        assert config[f"{cookie}_COOKIE_NAME"].startswith(prefix or cookie.lower())
        assert config[f"{cookie}_COOKIE_SECURE"] is secure
        assert config[f"{cookie}_COOKIE_HTTPONLY"]
