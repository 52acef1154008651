"""What a password must be, and what checking one costs at most."""

import time
from pathlib import Path

import pytest
from flask import Flask

from pricingsite.web.sign_in import passwords
from pricingsite.web.sign_in.passwords import Passwords

KNOWN = [
    "ada@hopper-labs.example",
    "Hopper Labs Ltd",
    "Amara",
    "Amara Software Ltd",
    "AI add-on",
    "1 Analytical Row",
    "London",
]
EASY = "easy to guess"


def problem(app: Flask, password: str) -> str:
    with app.app_context():
        problems, _ = Passwords(app).validate(password, is_register=True, known=KNOWN)
    return problems[0] if problems else ""


@pytest.mark.parametrize(
    "password",
    [
        "hopperlabsltd",
        "HopperLabsLtd!",
        "hopper.labs.ltd.2026",
        "amarasoftware1",
        "AmaraSoftwareLtd99",
        "analyticalrow1london",
        "ada@hopper-labs.example",
        "L0nd0nHopperLabs",
        "liverpoolfc1892",
        "!!LiverpoolFC1892!!",
        "P@$$w0rd1234",
        "qwerty123456",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "a" * 2000,
    ],
)
def test_what_others_would_try_first_is_refused(app: Flask, password: str) -> None:
    assert EASY in problem(app, password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "tall-green-kettle-4821",
        "hopper-green-kettle-4821",
        "qT7%vn2&Lx9z",
        "\N{PILE OF POO}rather-odd-\N{SNOWMAN}-words",
        "vier Wörter ohne Sinn",
        "slow-amber-canoe-7730" * 50,
    ],
)
def test_what_nobody_knows_is_taken(app: Flask, password: str) -> None:
    assert problem(app, password) == ""


def test_the_commonest_passwords_are_refused_whatever_they_look_like(app: Flask) -> None:
    listed = Path(passwords.__file__).with_name("common_passwords.txt").read_text().split()
    assert len(listed) > 400
    for password in listed[::20]:
        assert EASY in problem(app, password), password


SIGNS = "4@8({[<369&!1|0$5+7%2"


@pytest.mark.parametrize(
    "password",
    [SIGNS * 4, (SIGNS + "abcdefghij") * 3, "48(3691057%2" * 6, "aab" * 24, "1.1.2011" * 9],
)
def test_no_password_takes_long_to_judge(app: Flask, password: str) -> None:
    with app.app_context():
        judge = Passwords(app)
        judge.validate("words that warm it up", is_register=True, known=KNOWN)
        # Time on this thread alone: others are at work on the machine.
        started = time.thread_time()
        judge.validate(password, is_register=True, known=KNOWN)
        assert time.thread_time() - started < 0.5
