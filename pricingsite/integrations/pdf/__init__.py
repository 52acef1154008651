"""An invoice's PDF: PDF/A-3a and PDF/UA-1 in one file, with its XML inside (Factur-X).

It is made from the invoice's row alone and is the same bytes each time. The library is imported
when it is needed, and the site runs without it. It must not typeset before a process forks: the
fork would wait for ever in its own first one.
"""

import json
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pricingsite.integrations.e_invoice import can_make_e_invoice, cii_of
from pricingsite.integrations.pdf.factur_x import with_factur_x_metadata
from pricingsite.integrations.pdf.sheet import sheet_of
from pricingsite.models.invoices import Invoice
from pricingsite.settings import instance_path

# A line takes about 0.2 MB of memory while it is set.
MOST_LINES = 2_000
_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "invoice.typ"
_FAMILY = "Noto Sans"
_FONT_FILES = {".otf", ".otc", ".ttf", ".ttc"}
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# What PDF/A takes in no text; they show nothing anyway.
_NO_CHARACTERS = re.compile("[\0\ufeff\ufffe\uffff]")


class PdfError(ValueError):
    """An invoice that cannot be a PDF as things are; the message says why."""


class PdfUnavailableError(PdfError):
    """The libraries that make PDFs are not installed."""


class TooManyLinesError(PdfError):
    """An invoice with more lines than a PDF takes."""


class MissingCharactersError(PdfError):
    """An invoice with `characters` that no font here has.

    With a font that has them in the instance's folder `fonts`, it can be made later.
    """

    def __init__(self, characters: str) -> None:
        super().__init__(
            f"No font here has the characters {characters}: put one that has them into"
            f" {_further_fonts()}."
        )
        self.characters = characters


def can_make_pdf() -> bool:
    """Whether invoices can be had as PDFs here."""
    return all(find_spec(name) is not None for name in ("typst", "pikepdf"))


def pdf_of(invoice: Invoice) -> bytes:
    """An invoice, a credit note or a draft as PDF, with its XML if it can be an e-invoice.

    Raises `PdfUnavailableError`, `TooManyLinesError`, or `MissingCharactersError`.
    """
    if not can_make_pdf():
        raise PdfUnavailableError("PDFs need the libraries typst and pikepdf.")
    if len(invoice.lines) > MOST_LINES:
        raise TooManyLinesError(
            f"This invoice has {len(invoice.lines):,} lines, and a PDF takes {MOST_LINES:,}:"
            " its lines can be had as CSV or JSON."
        )
    if not can_make_e_invoice(invoice):
        return _typeset(invoice, None)
    return with_factur_x_metadata(_typeset(invoice, cii_of(invoice)))


def _typeset(invoice: Invoice, xml: bytes | None) -> bytes:
    import typst  # noqa: PLC0415 - a heavy library that few requests need

    fonts = _fonts(tuple(_font_files(_further_fonts())))
    further = sorted(set(fonts.families()) - {_FAMILY})
    sheet = sheet_of(invoice) | {"fonts": [_FAMILY, *further], "xml": xml is not None}
    words = json.dumps(sheet, ensure_ascii=False)
    try:
        pdf: bytes = typst.compile(
            _TEMPLATE,
            root=_HERE,
            font_paths=fonts,
            sys_inputs={"sheet": _NO_CHARACTERS.sub("", words), "xml": (xml or b"").decode()},
            pdf_standards=["a-3a", "ua-1"],
            # PDFs know whole seconds.
            timestamp=(invoice.issued_at or invoice.drafted_at).replace(microsecond=0),
        )
    except typst.TypstError as error:
        if missing := _missing(error.diagnostic):
            raise MissingCharactersError(missing) from None
        raise PdfError(f"This invoice cannot be set as a PDF: {error.message}") from error
    return pdf


def _missing(diagnostic: str) -> str:
    """The characters that the library could not show, each once, as it names them."""
    named = "".join(_MISSING.findall(diagnostic))
    return "".join(dict.fromkeys(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), named)))


def _further_fonts() -> Path:
    return instance_path() / "fonts"


def _font_files(folder: Path) -> list[tuple[Path, int]]:
    """The fonts of a folder and when they were changed; none where there is no folder."""
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    return [(f, f.stat().st_mtime_ns) for f in files if f.suffix.lower() in _FONT_FILES]


@lru_cache(maxsize=1)
def _fonts(further: tuple[tuple[Path, int], ...]) -> Any:
    """The fonts to set with, read once: ours, and those of the instance's folder."""
    import typst  # noqa: PLC0415 - as above

    folders = dict.fromkeys([_HERE / "fonts", *(file.parent for file, _ in further)])
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders)
    )
