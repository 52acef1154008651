"""A merchant's own look is taken from the catalog file, and refused where it cannot be read."""

import pytest
from support.factories import KELDER

from pricingsite.services.catalog.colours import READABLE, accent_in, contrast, unreadable
from pricingsite.services.catalog.document import CatalogError
from pricingsite.services.catalog.reading import read_catalog


def kelder_with(old: str, new: str) -> bytes:
    text = KELDER.read_text()
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            '"#7a1f3d", dark',
            '"#c97b92", dark',
            (
                'merchant.brand.accent.light: "#c97b92" has a contrast of 2.7 on #fbeee3, and 4.5 '
                "is needed to read it: choose a darker one"
            ),
        ),
        (
            'dark = "#f09ab4"',
            'dark = "#7a1f3d"',
            (
                'merchant.brand.accent.dark: "#7a1f3d" has a contrast of 1.6 on #2b2019, and 4.5 '
                "is needed to read it: choose a lighter one"
            ),
        ),
        (
            'light = "#7a1f3d"',
            'light = "wine"',
            'merchant.brand.accent.light: expected a colour such as "#0a5747", found "wine"',
        ),
        ('light = "#7a1f3d", ', "", "merchant.brand.accent.light: this key is missing"),
        ("</svg>", "", "merchant.brand.logo: expected an SVG drawing: "),
        (
            ' viewBox="0 0 120 32"',
            "",
            "merchant.brand.logo: expected an SVG drawing with its xmlns and a viewBox",
        ),
        (
            "</svg>",
            f"<!-- {'x' * 3000} --></svg>",
            "merchant.brand.logo: the drawing has more than 3,000 bytes",
        ),
        ('answer = "Yes.', 'reply = "Yes.', "merchant.faq[0].reply: unknown key."),
    ],
)
def test_what_cannot_be_shown_is_refused(old: str, new: str, problem: str) -> None:
    with pytest.raises(CatalogError) as refused:
        read_catalog(kelder_with(old, new))
    assert refused.value.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("scheme", "colour"),
    [("light", "#7a1f3d"), ("light", "#0a5747"), ("dark", "#f09ab4"), ("dark", "#5fd0b2")],
)
def test_what_is_taken_can_be_read_on_every_surface(scheme: str, colour: str) -> None:
    made = accent_in(scheme, colour)
    assert unreadable(scheme, colour) is None
    assert contrast(colour, made.wash) >= READABLE
    assert contrast(colour, made.on_accent) >= READABLE
