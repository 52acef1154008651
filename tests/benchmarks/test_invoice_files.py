"""What an invoice's page, PDF and XML cost, in seconds of a processor; no two files are alike."""

from collections.abc import Callable
from statistics import median
from time import process_time

import pytest
from flask import Flask
from floors import Floors
from support.account_pages import Site
from support.invoices import make_invoice, many_lines
from support.pages import Browser
from support.snapshots import calls, snapshot, tiers

from pricingsite.database import db
from pricingsite.integrations.e_invoice import cii_of, ubl_of
from pricingsite.integrations.pdf import pdf_of
from pricingsite.models.invoices import Invoice

ROUNDS = 5


def short(number: int) -> Invoice:
    return snapshot(*tiers(), number=f"INV-{number:06d}", buyer={"legal_name": f"Buyer {number}"})


def long(number: int) -> Invoice:
    lines = (calls(f"Region {n}.{number}", f"{n * 7 + number}", "0.00125") for n in range(500))
    return snapshot(*lines, number=f"INV-{number:06d}")


def seconds(make: Callable[[Invoice], bytes], invoice: Callable[[int], Invoice]) -> float:
    """The median; the first one of all reads fonts and libraries, and is not counted."""
    make(short(0))
    found = []
    for number in range(1, ROUNDS + 1):
        row = invoice(number)
        start = process_time()
        make(row)
        found.append(process_time() - start)
    return median(found)


@pytest.mark.parametrize(
    ("what", "make", "invoice", "most"),
    [
        ("the PDF of an invoice of 3 lines", pdf_of, short, 0.1),
        ("the PDF of an invoice of 500 lines", pdf_of, long, 1.0),
        ("the UBL of an invoice of 500 lines", ubl_of, long, 0.5),
        ("the CII of an invoice of 500 lines", cii_of, long, 0.5),
    ],
)
def test_files_are_made_while_somebody_waits(
    floors: Floors,
    what: str,
    make: Callable[[Invoice], bytes],
    invoice: Callable[[int], Invoice],
    most: float,
) -> None:
    floors.hold(f"{what}, seconds of a processor", seconds(make, invoice), most=most)


def test_a_page_of_500_lines_is_made_while_somebody_waits(
    app: Flask, browser: Browser, floors: Floors
) -> None:
    with app.app_context():
        site = Site(app, browser)
        site.sign_in()
        make_invoice(db.session(), site.account, lines=many_lines(500))
        db.session.commit()
    found = []
    for _ in range(ROUNDS + 1):
        start = process_time()
        assert browser.client.get("/account/invoices/INV-000001").status_code == 200
        found.append(process_time() - start)
    what = "the page of an invoice of 500 lines, seconds of a processor"
    floors.hold(what, median(found[1:]), most=0.5)
