"""The order form turns what people type into one frozen order, or says what to type."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from pricingsite.forms.checkout import OrderForm
from pricingsite.services.customers.details import CustomerDetails
from pricingsite.services.orders.placing import OrderCommand

TODAY = date(2026, 11, 23)
TYPED = {
    "email": "ada@ashdown.example",
    "name": "Ada Byron",
    "organization": "Ashdown Ltd",
    "line1": "1 Analytical Row",
    "line2": "",
    "town": "London",
    "postcode": "E1 6AN",
    "country": "GB",
    "tax_id": "",
    "purchase_order": "",
    "start": "2026-11-23",
}
Typing = Callable[..., OrderForm]


@pytest.fixture
def typing(app: Flask) -> Iterator[Typing]:
    """A form with `TYPED` in it but for what is named; None leaves a field out."""

    def typing(countries: tuple[str, ...] = ("GB",), **changes: str | None) -> OrderForm:
        form = OrderForm()
        typed = {name: text for name, text in (TYPED | changes).items() if text is not None}
        form.process(MultiDict(typed))
        form.prepare(today=TODAY, days_ahead=90, countries=countries)
        return form

    with without_csrf(app), app.test_request_context(method="POST"):
        yield typing


@contextmanager
def without_csrf(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield
    app.config["WTF_CSRF_ENABLED"] = True


def test_what_is_typed_becomes_an_order(typing: Typing) -> None:
    form = typing(
        organization="  Ashdown \t  Ltd ",
        line2="Unit 7",
        tax_id="GB 123 4567 82",
        purchase_order="PO 7",
        start="2026-12-01",
    )
    assert form.validated(), form.errors
    assert form.command("scale") == OrderCommand(
        plan_id="scale",
        details=CustomerDetails(
            legal_name="Ashdown Ltd",
            billing_email="ada@ashdown.example",
            country="GB",
            contact_name="Ada Byron",
            line1="1 Analytical Row",
            line2="Unit 7",
            town="London",
            postcode="E1 6AN",
            tax_id="GB 123 4567 82",
        ),
        start=date(2026, 12, 1),
        purchase_order="PO 7",
    )


def test_what_may_be_left_out_is_nothing_in_the_order(typing: Typing) -> None:
    form = typing(line2=None, tax_id=None, purchase_order=None, start=None)
    assert form.validated(), form.errors
    command = form.command("scale")
    assert command == typing(start="").command("scale") == typing().command("scale")
    assert (command.details.line2, command.details.tax_id) == (None, None)
    assert (command.purchase_order, command.start) == (None, TODAY)


SHAPE = "Enter an e-mail address in the right format, like name@example.com"
MISSING = {
    "email": "Enter your e-mail address",
    "name": "Enter your full name",
    "organization": "Enter your company name",
    "line1": "Enter address line 1",
    "town": "Enter your town or city",
    "postcode": "Enter your postcode",
    "country": "Choose a country",
}
TOO_LONG = {
    "name": ("Full name", 200),
    "organization": ("Company name", 200),
    "line1": ("Address line 1", 200),
    "line2": ("Address line 2", 200),
    "town": ("Town or city", 200),
    "postcode": ("Postcode", 20),
    "tax_id": ("VAT number", 30),
    "purchase_order": ("Purchase order reference", 60),
}
UNWRITABLE = {"NUL": "\x00", "escape": "\x1b", "line break": "\n", "C1": "\x85", "lone": "\ud800"}
REFUSED = [
    *((name, text, said) for name, said in MISSING.items() for text in ("", "   ", None)),
    *(
        (name, "x" * (most + 1), f"{label} must be {most} characters or fewer")
        for name, (label, most) in TOO_LONG.items()
    ),
    *(
        (name, f"a{text}b", f"{label} must not contain line breaks or control characters")
        for name, label in {
            "email": "Work e-mail", **{name: label for name, (label, _) in TOO_LONG.items()},
        }.items()
        for text in UNWRITABLE.values()
    ),
    *(
        (name, "a\u202eb", (f"{label} contains a character that cannot be seen: U+202E "
         "(right-to-left override). Delete this text and type it again."))
        for name, label in (("name", "Full name"), ("town", "Town or city"))
    ),
    ("email", f"{'a' * 250}@b.example", "E-mail address must be 254 characters or fewer"),
    *(
        ("email", text, SHAPE)
        for text in ("ada", "ada@", "@ashdown.example", "ada@localhost", "a b@c.example",
                     "ada@ashdown..example", "ada@@ashdown.example", "Ada <ada@b.example>")
    ),
    *(("country", text, "Choose a country from the list") for text in ("FR", "gb", "XX", "GB\x00")),
    *(
        ("start", text, "Enter a start date such as 23 November 2026")
        for text in ("soon", "31/02/2027", "11/23/2026", "2026-13-01", "20261201", "1 Smarch 2027",
                     "\x00", "\ud800", "2026-11-23T00:00", "9" * 5000)
    ),
    *(
        ("start", text, f"Start date could be {days}: type the one you mean in words")
        for text, days in {
            "01/02/2027": "1 February 2027 or 2 January 2027",
            "12/11/2026": "12 November 2026 or 11 December 2026",
        }.items()
    ),
    *(
        ("start", text, "Start date must be today, 23 November 2026, or later")
        for text in ("2026-11-22", "22/11/2026", "22 November 2026", "0001-01-01")
    ),
    *(
        ("start", text, "Start date must be 21 February 2027 or earlier")
        for text in ("2027-02-22", "22/02/2027", "9999-12-31")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "said"), REFUSED, ids=lambda value: repr(value)[:40])
def test_each_mistake_is_told_what_to_do(
    typing: Typing, name: str, text: str | None, said: str
) -> None:
    form = typing(**{name: text})
    assert not form.validated()
    assert form.errors == {name: [said]}
    assert TODAY <= form.start_date <= date(2027, 2, 21)


@pytest.mark.parametrize("name", TOO_LONG)
def test_the_longest_text_is_taken(typing: Typing, name: str) -> None:
    form = typing(**{name: "x" * TOO_LONG[name][1]})
    assert form.validated(), form.errors


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", TODAY),
        ("23/11/2026", TODAY),
        ("23 November 2026", TODAY),
        ("23 november 2026", TODAY),
        ("23 Nov 2026", TODAY),
        (" 1/1/2027 ", date(2027, 1, 1)),
        ("2027-02-21", date(2027, 2, 21)),
    ],
)
def test_a_start_date_is_read_as_people_write_it(typing: Typing, text: str, day: date) -> None:
    form = typing(start=text)
    assert form.validated(), form.errors
    assert form.command("scale").start == day


def test_every_mistake_is_told_at_once(typing: Typing) -> None:
    form = typing(**dict.fromkeys(MISSING, ""), start="soon")
    assert not form.validated()
    assert set(form.errors) == {*MISSING, "start"}


def test_the_countries_are_those_that_the_merchant_sells_to(typing: Typing) -> None:
    assert typing().country.choices == [("GB", "United Kingdom")]
    assert typing(countries=("US", "DE")).country.choices == [
        ("", "Choose a country"), ("DE", "Germany"), ("US", "United States"),
    ]  # fmt: skip
    assert typing(countries=("US", "DE"), country="DE").validated()


def test_an_empty_form_starts_today(app: Flask) -> None:
    with app.test_request_context():
        form = OrderForm()
        form.prepare(today=TODAY, days_ahead=90, countries=["GB"])
        assert form.start.data == "2026-11-23"
        assert "23 November 2026" in form.start.description
        assert "21 February 2027" in form.start.description
