"""Every pair of colours that the sheet puts together can be read, in light and in dark."""

import re
from pathlib import Path

import pytest

from pricingsite.services.catalog.colours import SURFACES as BRANDED
from pricingsite.services.catalog.colours import contrast

SHEET = (Path(__file__).parents[2] / "static" / "site.css").read_text()
PAIRS = dict(re.findall(r"--([a-z-]+): (light-dark\(#\w{6}, #\w{6}\));", SHEET))
LIGHT, DARK = (
    {name: re.findall(r"#\w{6}", pair)[scheme] for name, pair in PAIRS.items()} for scheme in (0, 1)
)
SURFACES = ("paper", "card", "wash", "warm-wash")
TEXTS = [(text, surface) for text in ("ink", "soft", "accent", "alert") for surface in SURFACES]
TEXTS += [("warm", "card"), ("warm", "warm-wash"), ("on-accent", "accent")]
# What a control, a progress bar, a tick or a focus ring must be told apart from.
GRAPHICS = [(mark, surface) for mark in ("control", "accent", "alert") for surface in SURFACES]
GRAPHICS += [("warm", surface) for surface in SURFACES]

# The rule is 4.5; the house aims higher.
READABLE = 6.8
VISIBLE = 3


def test_contrast_is_measured_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_every_colour_comes_as_a_pair() -> None:
    outside_tokens = re.sub(r"--[a-z-]+: [^;]+;", "", SHEET)
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", outside_tokens)
    assert set(re.findall(r"var\(--([a-z-]+)\)", SHEET)) >= set(PAIRS)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), TEXTS)
def test_text_can_be_read(scheme: dict[str, str], text: str, surface: str) -> None:
    assert contrast(scheme[text], scheme[surface]) >= READABLE


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "surface"), GRAPHICS)
def test_graphics_can_be_seen(scheme: dict[str, str], mark: str, surface: str) -> None:
    assert contrast(scheme[mark], scheme[surface]) >= VISIBLE


def test_brands_are_checked_against_the_sheets_own_surfaces() -> None:
    for name, scheme in (("light", LIGHT), ("dark", DARK)):
        assert BRANDED[name] == tuple(scheme[surface] for surface in ("paper", "card", "warm-wash"))
