"""A page in one look after another: how wide it is, and whether light or dark."""

from collections.abc import Iterable, Iterator

from playwright.sync_api import Page

Look = tuple[int, str]


def in_each_look(page: Page, looks: Iterable[Look]) -> Iterator[Look]:
    """Give the page each look, and say which it has."""
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 800})
        # Without motion, so that no colour is caught on its way to another.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        yield width, scheme
