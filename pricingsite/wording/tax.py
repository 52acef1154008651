"""The tax in words, as it is written beside prices and on bills: the one place that names it."""

NAME = "VAT"
EXCLUDED = f"excl. {NAME}"
INCLUDED = f"incl. {NAME}"


def included_at(percent: str) -> str:
    """What a total says that includes the tax at a rate: `incl. 20% VAT`."""
    return f"incl. {percent} {NAME}"


def tax_at(percent: str) -> str:
    """The tax's own line on a bill: `VAT at 20%`."""
    return f"{NAME} at {percent}"
