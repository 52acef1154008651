"""Pricing structures: the ways a quantity becomes money (design.md §4.1, a fixed contract).

Each is a module of its own, and a line in `STRUCTURES`.
"""

from collections.abc import Mapping
from typing import Any

from pricingsite.pricing.errors import StructureError
from pricingsite.pricing.structures.base import (
    BandCharge,
    Charge,
    ChargeLine,
    PricePart,
    Structure,
    TierBand,
    TierCharge,
    Vertex,
)
from pricingsite.pricing.structures.fixed import Fixed
from pricingsite.pricing.structures.included import Including
from pricingsite.pricing.structures.linear import Linear
from pricingsite.pricing.structures.package import Package
from pricingsite.pricing.structures.percentage import Percentage
from pricingsite.pricing.structures.tiers import TIER_NUMBERS, Graduated, Tier, Tiered, Volume

__all__ = [
    "STRUCTURES",
    "TIER_NUMBERS",
    "BandCharge",
    "Charge",
    "ChargeLine",
    "Fixed",
    "Graduated",
    "Including",
    "Linear",
    "Package",
    "Percentage",
    "PricePart",
    "Structure",
    "Tier",
    "TierBand",
    "TierCharge",
    "Tiered",
    "Vertex",
    "Volume",
    "structure_from_dict",
]

STRUCTURES: Mapping[str, type[Structure]] = {
    kind.model: kind for kind in (Fixed, Linear, Package, Volume, Graduated, Percentage)
}


def structure_from_dict(document: Mapping[str, Any]) -> Structure:
    """A structure from its contract's form: `model` and decimal strings (design.md §4.1).

    Raises `StructureError`, whose `path` names the place, for anything missing, unknown or wrong.
    """
    if not isinstance(document, Mapping):
        raise StructureError(f"a structure is a table with a model, not {document!r}")
    model = document.get("model")
    *others, last = STRUCTURES
    known = f"{', '.join(others)} or {last}"
    if model is None:
        raise StructureError(f"a model is missing: use {known}", "model")
    if not isinstance(model, str) or model not in STRUCTURES:
        raise StructureError(f"{model!r} is not a model: use {known}", "model")
    return STRUCTURES[model].from_dict(document)
