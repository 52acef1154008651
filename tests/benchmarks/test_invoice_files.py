"""What an invoice's PDF and XML cost, in seconds of a processor; no two of them are alike."""

from collections.abc import Callable
from statistics import median
from time import process_time

import pytest
from floors import Floors
from support.snapshots import calls, snapshot, tiers

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
