"""Every page meets the figures the site promises, in Chromium: axe, reflow, weight, console."""

import gzip
from collections.abc import Callable

import pytest
from journeys.looks import in_each_look
from journeys.test_subscribe import subscribe
from playwright.sync_api import Page, Response
from support.factories import AMARA, BASIN, FERN, KELDER, ROSTER, VELLUM
from support.many_options import many_options

from pricingsite.settings import ROOT

pytestmark = pytest.mark.browser

PUBLIC = [
    "/",
    "/plans/start",
    "/plans/scale",
    "/pricing/history",
    "/calculator",
    "/calculator?api_calls=3200",
    "/calculator?api_calls=lots",
    "/checkout/scale",
    "/checkout/start",
    "/terms",
    "/privacy",
    "/api/v1",
    "/login",
    "/reset",
    "/no-such-page",
    "/plans/no-such-plan",
]
LOOKS = [(1280, "light"), (320, "dark")]
MOST_BYTES, MOST_REQUESTS = 40_000, 4
# Of a pricing page on a telephone.
MOST_HEIGHT = 6_000


def check(page: Page, no_violations: Callable[[Page], None]) -> None:
    no_violations(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{page.url} scrolls sideways: {width}px"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_public_pages_are_accessible_and_reflow(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], width: int, scheme: str
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    for path in PUBLIC:
        page.goto(path)
        check(page, no_violations)


@pytest.mark.every_look
@pytest.mark.parametrize("forced", ["none", "active"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_public_pages_in_every_look(
    open_page: Callable[..., Page],
    no_violations: Callable[[Page], None],
    width: int,
    scheme: str,
    forced: str,
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    page.emulate_media(forced_colors=forced)
    for path in PUBLIC:
        page.goto(path)
        check(page, no_violations)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_customers_pages_are_accessible_and_reflow(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], width: int, scheme: str
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    page.goto("/checkout/scale")
    page.get_by_role("button", name="Order with obligation to pay").click()
    assert page.title().startswith("Error: ")
    check(page, no_violations)
    subscribe(page)
    check(page, no_violations)
    for path in ("/account", "/account/usage", "/account/details"):
        page.goto(path)
        check(page, no_violations)


AMERICAN = {
    "Work e-mail": "ada@ashdown.example",
    "Full name": "Ada Byron",
    "Company name": "Ashdown, Inc.",
    "Address line 1": "1 Analytical Row",
    "Town or city": "Albany",
    "Postcode": "12207",
}
KELDER_PAGES = ["/", "/plans/institution", "/calculator?seats=12&pages=101", "/checkout/curators"]


@pytest.mark.parametrize("catalog", [KELDER], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_brand_is_accessible_and_reflows(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = open_page()
    for _ in in_each_look(page, LOOKS):
        for path in KELDER_PAGES:
            page.goto(path)
            check(page, no_violations)
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollHeight") < MOST_HEIGHT


FERN_PAGES = ["/", "/plans/solo", "/plans/enterprise", "/calculator", "/checkout/solo"]


@pytest.mark.parametrize("catalog", [FERN], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_features_and_plans_without_a_price_are_accessible_and_reflow(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = open_page()
    for _ in in_each_look(page, LOOKS):
        for path in (*FERN_PAGES, "/checkout/enterprise"):
            page.goto(path)
            check(page, no_violations)
    page.goto("/checkout/solo")
    for label, typed in AMERICAN.items():
        page.get_by_label(label, exact=True).fill(typed)
    page.get_by_role("button", name="Start for free").click()
    for path in (page.url, "/account"):
        page.goto(path)
        for _ in in_each_look(page, LOOKS):
            check(page, no_violations)


@pytest.mark.parametrize(
    ("catalog", "paths"),
    [
        (ROSTER, ["/?interval=yearly", "/plans/team", "/checkout/team", "/plans/chain"]),
        (BASIN, ["/", "/plans/launch", "/calculator?compute=500", "/checkout/launch"]),
        (VELLUM, ["/", "/plans/reserved", "/calculator?small-in=2m", "/checkout/build"]),
    ],
    indirect=["catalog"],
    ids=["roster", "basin", "vellum"],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_other_examples_are_accessible_and_reflow(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None], paths: list[str]
) -> None:
    page = open_page()
    for _ in in_each_look(page, LOOKS):
        for path in paths:
            page.goto(path)
            check(page, no_violations)
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(paths[0])
    assert page.evaluate("document.documentElement.scrollHeight") < MOST_HEIGHT


@pytest.mark.parametrize(
    "catalog", [many_options(plans=4), many_options(plans=8)], indirect=True, ids=["four", "eight"]
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_32_options_are_no_longer_than_a_few(
    open_page: Callable[..., Page], no_violations: Callable[[Page], None]
) -> None:
    page = open_page(width=360)
    for path in ("/", "/?interval=yearly&currency=EUR"):
        page.goto(path)
        check(page, no_violations)
        assert page.evaluate("document.documentElement.scrollHeight") < MOST_HEIGHT


def weigh(page: Page, path: str) -> tuple[int, list[Response]]:
    """What a cold load of a page transfers uncompressed, headers included, and its answers."""
    answers: list[Response] = []
    # Each page as somebody sees it who comes for the first time.
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.goto(path, wait_until="load")
    page.remove_listener("response", note)
    sizes = [answer.request.sizes() for answer in answers]
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    return weight, answers


# The API's reference is a document, and longer than a page.
@pytest.mark.parametrize(
    ("catalog", "paths"),
    [
        (AMARA, sorted(set(PUBLIC) - {"/api/v1"})),
        (KELDER, ["/", "/checkout/curators"]),
        (FERN, FERN_PAGES),
        (ROSTER, ["/", "/?interval=yearly", "/plans/team", "/checkout/team"]),
        (BASIN, ["/", "/checkout/launch", "/plans/enterprise"]),
        (VELLUM, ["/", "/checkout/build"]),
    ],
    indirect=["catalog"],
    ids=["amara", "kelder", "fern", "roster", "basin", "vellum"],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cold_page_is_light(open_page: Callable[..., Page], paths: list[str]) -> None:
    page = open_page()
    for path in paths:
        weight, answers = weigh(page, path)
        assert len(answers) <= MOST_REQUESTS, [answer.url for answer in answers]
        assert weight <= MOST_BYTES, f"{path} weighs {weight} bytes"


@pytest.mark.parametrize("catalog", [KELDER], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_plan_of_many_usage_prices_is_light_once_compressed(
    open_page: Callable[..., Page],
) -> None:
    _, answers = weigh(open_page(), "/plans/institution")
    assert sum(len(gzip.compress(answer.body())) for answer in answers) <= MOST_BYTES / 2


# What readers set for themselves: text twice as large, and the spacing of WCAG 2.2, 1.4.12.
_LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
_SPACED_TEXT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.parametrize(("width", "setting"), [(640, _LARGE_TEXT), (320, _SPACED_TEXT)])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_bear_what_readers_set(
    open_page: Callable[..., Page], width: int, setting: str
) -> None:
    page = open_page(width=width)
    for path in PUBLIC:
        page.goto(path)
        page.evaluate(setting)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        cut = page.evaluate(
            "[...document.querySelectorAll('a, button, label, h1, h2')]"
            ".filter(e => getComputedStyle(e).overflow === 'hidden'"
            " && !e.classList.contains('visually-hidden') && e.scrollWidth > e.clientWidth)"
            ".map(e => e.textContent)"
        )
        assert cut == [], path


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_moves_and_the_largest_part_is_soon_there(
    open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(width=width)
    for path in PUBLIC:
        page.goto(path, wait_until="load")
        shifted, largest = page.evaluate(
            """() => new Promise(done => {
              let shifted = 0, largest = 0;
              new PerformanceObserver(list => {
                for (const e of list.getEntries()) if (!e.hadRecentInput) shifted += e.value;
              }).observe({type: 'layout-shift', buffered: true});
              new PerformanceObserver(list => {
                largest = list.getEntries().at(-1).startTime;
                requestAnimationFrame(() => done([shifted, largest]));
              }).observe({type: 'largest-contentful-paint', buffered: true});
            })"""
        )
        assert shifted == 0, path
        # The goal is 0.5 s on an idle machine; tests share theirs.
        assert 0 < largest <= 2_500, f"{path}: {largest} ms"


def test_the_module_is_small() -> None:
    assert len(gzip.compress((ROOT / "static" / "site.js").read_bytes())) <= 3_000
