"""Factur-X in a PDF's metadata: which of its files is the invoice, and by which rules.

PDF/A wants every property that it does not know itself described in the metadata (XMP).
"""

from io import BytesIO
from typing import Any

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
_FACTUR_X = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_DESCRIPTION = f"""
<rdf:Description rdf:about="" xmlns:fx="{_FACTUR_X}"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:Version>1.0</fx:Version>
</rdf:Description>"""
_PROPERTIES = {
    "ConformanceLevel": "The conformance level of the embedded Factur-X data",
    "DocumentFileName": "The name of the embedded XML invoice file",
    "DocumentType": "The type of the hybrid document in capital letters",
    "Version": "The version of the Factur-X XML schema",
}
_PROPERTY = """
<rdf:li rdf:parseType="Resource">
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{description}</pdfaProperty:description>
<pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
</rdf:li>"""
_SCHEMA = f"""
<rdf:li rdf:parseType="Resource" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{_FACTUR_X}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{
    "".join(_PROPERTY.format(name=n, description=d) for n, d in _PROPERTIES.items())
}
</rdf:Seq></pdfaSchema:property>
</rdf:li>"""


def with_factur_x_metadata(pdf: bytes) -> bytes:
    """A PDF that says in its metadata that its file `factur-x.xml` is the invoice."""
    import pikepdf  # noqa: PLC0415 - a heavy library that few requests need

    with pikepdf.open(BytesIO(pdf)) as document:
        metadata: Any = document.Root.Metadata
        metadata.write(_described(metadata.read_bytes()))
        out = BytesIO()
        # Half of a long invoice's bytes are tags, which go well together.
        document.save(
            out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
    return out.getvalue()


def _described(metadata: bytes) -> bytes:
    """The packet of metadata with the properties, and with their schema beside the others'."""
    from lxml import etree  # noqa: PLC0415 - it comes with pikepdf

    root = etree.fromstring(metadata)
    schemas = root.find(f".//{_EXTENSION}schemas/{_RDF}Bag")
    schemas.append(etree.fromstring(_SCHEMA))
    root.find(f".//{_RDF}RDF").append(etree.fromstring(_DESCRIPTION))
    body: bytes = etree.tostring(root)
    start = metadata[: metadata.index(b"?>") + 2]
    return b"\n".join([start, body, b'<?xpacket end="r"?>'])
