"""What tests start from: the shipped catalog, customers and their schedules."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from pricingsite.services.catalog.applying import Applied, apply
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.settings import ROOT

AMARA = ROOT / "pricingsite" / "demo" / "amara.toml"
KELDER = ROOT / "pricingsite" / "demo" / "kelder.toml"
# A company of tests alone: sales tax, features, a free plan and one to talk about.
FERN = ROOT / "tests" / "support" / "fern.toml"
ROSTER = ROOT / "pricingsite" / "demo" / "roster.toml"
BASIN = ROOT / "pricingsite" / "demo" / "basin.toml"
VELLUM = ROOT / "pricingsite" / "demo" / "vellum.toml"
APPLIED_AT = datetime(2026, 1, 1, tzinfo=UTC)


def amara_with(*edits: tuple[str, str]) -> bytes:
    """Amara's file with the first of each `old` replaced by its `new`."""
    text = AMARA.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


def fern_with(*edits: tuple[str, str]) -> bytes:
    """Fern's file with the first of each `old` replaced by its `new`."""
    text = FERN.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text.encode()


# A price that takes the place of A at New Year.
ANNOUNCED = """
[[products.prices]]
id = "A2"
name = "Platform access"
list_price = true
replaces = "A"
valid_from = "2027-01-01"
currency = "GBP"
billing_frequency = "monthly"
billing_type = "in_arrears"
model = "fixed"
amount = "550"
"""


def amara_announcing(*edits: tuple[str, str], announced: str = ANNOUNCED) -> bytes:
    """Amara's file with an announced price behind price A."""
    price_a = 'model = "fixed"\namount = "500"\n'
    return amara_with((price_a, price_a + announced), *edits)


def apply_amara(session: Session, *, now: datetime = APPLIED_AT) -> Applied:
    """Amara's catalog in the database; flushed, for the caller to commit."""
    return apply(session, read_catalog(AMARA.read_bytes()), archive=False, now=now)
