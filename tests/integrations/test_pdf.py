"""An invoice's PDF: what it says, in which order, by which standards, and the same each time."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from support.snapshots import BUYER, KINDS, calls, draft, line, of_lines, snapshot, tiers

from pricingsite.integrations.e_invoice import cii_of
from pricingsite.integrations.pdf import (
    MOST_LINES,
    MissingCharactersError,
    PdfUnavailableError,
    TooManyLinesError,
    can_make_pdf,
    pdf_of,
)
from pricingsite.models.invoices import Invoice

FONTS = Path(__file__).parents[1] / "support" / "fonts"
ALL: dict[str, Callable[[], Invoice]] = KINDS | {
    "draft": draft,
    "thousandths of a dinar": lambda: snapshot(
        line(unit_price="1.234", currency="KWD"), currency="KWD"
    ),
}
JAPANESE = {"legal_name": "日本電気株式会社", "line1": "東京都港区芝", "country": "JP"}


def tool(name: str, *arguments: str, pdf: bytes) -> str:
    """What a program says of a PDF; where it is missing, only CI has to have it."""
    if shutil.which(name) is None and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([name, *arguments], input=pdf, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode()


def text_of(invoice: Invoice) -> str:
    """The text of its PDF in the order of reading."""
    return tool("pdftotext", "-raw", "-", "-", pdf=pdf_of(invoice))


def opened(invoice: Invoice) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(pdf_of(invoice)))


def xmp(document: pikepdf.Pdf) -> str:
    metadata: Any = document.Root.Metadata
    text: str = metadata.read_bytes().decode()
    return text


def tags(node: Any) -> Iterator[str]:
    """The types of a structure element's descendants, in order."""
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield str(child.S)
            yield from tags(child)


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_is_an_archivable_and_accessible_pdf(kind: str, tmp_path: Path) -> None:
    with opened(ALL[kind]()) as document:
        described = xmp(document)
        for claim in ("pdfaid:part>3<", "pdfaid:conformance>A<", "pdfuaid:part>1<"):
            assert claim in described
        root = document.Root
        assert (str(root.Lang), bool(root.MarkInfo.Marked)) == ("en", True)
        assert root.ViewerPreferences.DisplayDocTitle
        found = list(tags(root.StructTreeRoot))
        assert found.count("/H1") == 1
        assert {"/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= set(found)
        assert [round(float(side)) for side in document.pages[0].mediabox] == [0, 0, 595, 842]
    file = tmp_path / "invoice.pdf"
    file.write_bytes(pdf_of(ALL[kind]()))
    assert "No syntax or stream encoding errors" in tool("qpdf", "--check", str(file), pdf=b"")


def test_it_holds_its_xml_and_says_so_in_the_metadata() -> None:
    with opened(snapshot()) as document:
        described = xmp(document)
        (name,) = document.attachments
        assert name == "factur-x.xml"
        assert document.attachments[name].get_file().read_bytes() == cii_of(snapshot())
        (file,) = document.Root.AF
        assert str(file.AFRelationship) == "/Alternative"
    for part in ("ConformanceLevel>EN 16931<", "DocumentFileName>factur-x.xml<", "Version>1.0<"):
        assert f"<fx:{part}" in described
    # One bag of schemas, or PDF/A would know none of them.
    assert described.count("<pdfaExtension:schemas>") == 1
    assert described.count("<pdfaSchema:prefix>fx<") == 1


@pytest.mark.parametrize("kind", ["draft", "thousandths of a dinar"])
def test_what_is_no_e_invoice_is_a_pdf_all_the_same(kind: str) -> None:
    with opened(ALL[kind]()) as document:
        assert not document.attachments
        assert "urn:factur-x" not in xmp(document)
    assert "XML" not in text_of(ALL[kind]())


def test_it_is_read_in_the_order_in_which_it_is_meant() -> None:
    text = text_of(snapshot(*tiers(), purchase_order="PO-4711"))
    said = [
        "Invoice INV-000001",
        "£1,170.00 incl. VAT",
        "Payment is due by 1 December 2026.",
        "From",
        "Amara Software Ltd",
        "VAT number GB999999973",
        "To",
        "Ashdown Ltd",
        "Lewes BN7 2AA",
        "Issued on 1 November 2026",
        "Tax point 1 November 2026",
        "Purchase order PO-4711",
        "Charges for 1 to 31 October 2026",
        "Item Quantity Unit price Flat fee VAT Amount excl. VAT",
        "Platform access 1 £500.00 – 20% £500.00",
        "AI add-on: first 1,000 API calls 1,000 £0.00 £250.00 20% £250.00",
        "AI add-on: API calls 1,001 to 2,500 500 £0.45 – 20% £225.00",
        "Total excl. VAT £975.00",
        "VAT at 20%, on £975.00 £195.00",
        "Total incl. VAT £1,170.00",
        "How to pay",
        "By bank transfer",
        "Reference: INV-000001.",
        "Page 1 of 1",
    ]
    places = [text.index(one) for one in said]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("draft", "Draft invoice\n"),
        ("draft", "This is a draft. It is not an invoice, and its figures can still change."),
        ("credit note", "Credit note CN-000001"),
        ("credit note", "\N{MINUS SIGN}£600.00 incl. VAT\nYou do not need to pay anything."),
        ("credit note", "Corrects INV-000001 of 1 November"),
        ("credit note", "Reason: 100 API calls of October were voided."),
        ("credit note", "How this credit is used"),
        ("reverse charge", "You account for it in your own country under NL123456782B90."),
        ("outside scope", "We do not add VAT: what you buy is outside its scope."),
        ("outside scope", "Tax number 12-3456789"),
        ("another currency", "VAT in GBP at 0.79 GBP for 1 USD £154.05"),
        ("bank account", "IBAN GB33 BUKB 2020 1555 5555 55, BIC BUKBGB22."),
        ("two rates", "VAT at 20%, on £500.00 £100.00\nVAT at 5%, on £60.00 £3.00"),
        ("prorated fees", "16 to 31 October 2026, 16 of 31 days"),
        ("late usage", "billed before\n1 to 31 October 2026\n\N{MINUS SIGN}1 £250.00"),
        ("late usage", "Period 1 October to 30\nNovember 2026"),
        ("yen", "JP¥50,000"),
        ("thousandths of a dinar", "KWD1.234"),
        ("no tax", "Item Quantity Unit price Flat fee Amount\n"),
    ],
)
def test_each_kind_says_what_it_is(kind: str, said: str) -> None:
    assert said in text_of(ALL[kind]())


def test_a_draft_asks_for_no_payment() -> None:
    text = text_of(draft())
    assert "How to pay" not in text
    assert "Payment is due" not in text


def test_many_lines_have_their_head_and_their_running_total_on_every_page() -> None:
    invoice = of_lines(500)
    pages = text_of(invoice).rstrip("\f").split("\f")
    assert len(pages) > 5
    head = "Item Quantity Unit price VAT Amount excl. VAT"
    assert [page.count(head) for page in pages] == [1] * len(pages)
    carried = [re.findall(r"Carried forward £([\d,.]+)", page) for page in pages]
    first = len(re.findall("^AI add-on: Region", pages[0], re.MULTILINE))
    so_far = Decimal(sum(row.net for row in invoice.lines[:first])) / 100
    assert carried[0] == [f"{so_far:,}"]
    assert carried[-1] == []
    assert all(len(one) == 1 for one in carried[:-1])
    # Who listens hears the head once.
    with opened(invoice) as document:
        assert list(tags(document.Root.StructTreeRoot)).count("/TH") == 5


def test_it_is_the_same_bytes_each_time_whatever_was_made_before() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from support.snapshots import snapshot, tiers\n"
        "from pricingsite.integrations.pdf import pdf_of\n"
        "sys.stdout.buffer.write(pdf_of(snapshot(*tiers())))"
    )
    again = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert pdf_of(snapshot(*tiers())) == pdf_of(snapshot(*tiers())) == again.stdout


def test_a_word_that_is_longer_than_its_column_goes_on_on_the_next_line() -> None:
    name = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
    text = text_of(snapshot(buyer={"legal_name": name}))
    assert name not in text
    assert name in text.replace("\n", "")


def test_long_figures_stay_whole() -> None:
    one = calls("API calls", "123456789012.123456", "0.000000000001", flat_fee="123456789012345")
    text = text_of(snapshot(one, currency="KWD"))
    for figure in ("123,456,789,012.123456", "KWD0.000000000001", "KWD123,456,789,012,345.000"):
        assert figure in text


@pytest.mark.parametrize("name", ["A\ufeffB", "A\u200bB", "#A *B* $C$", "A → B ≥ C", "A\x0bB"])
def test_names_that_are_odd_are_set_all_the_same(name: str) -> None:
    assert text_of(snapshot(buyer={"legal_name": name}))


def test_characters_that_no_font_has_are_named_and_a_font_that_has_them_is_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRICINGSITE_INSTANCE_PATH", str(tmp_path))
    invoice = snapshot(*tiers(), buyer=BUYER | JAPANESE)
    with pytest.raises(MissingCharactersError) as missing:
        pdf_of(invoice)
    assert set(missing.value.characters) == set("日本電気株式会社東京都港区芝")
    assert "日" in str(missing.value)
    shutil.copytree(FONTS, tmp_path / "fonts")
    assert "日本電気株式会社" in text_of(invoice)


def test_there_is_a_number_of_lines_that_it_refuses() -> None:
    with pytest.raises(TooManyLinesError, match="has 2,001 lines, and a PDF takes 2,000"):
        pdf_of(of_lines(MOST_LINES + 1))


def test_without_the_libraries_the_site_runs_and_offers_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert can_make_pdf()
    monkeypatch.setitem(sys.modules, "typst", None)
    assert not can_make_pdf()
    with pytest.raises(PdfUnavailableError):
        pdf_of(snapshot())
