"""The tax in words, as it is written beside prices and on bills: the one place that names it."""

from dataclasses import dataclass

from pricingsite.pricing import TaxShown


@dataclass(frozen=True, slots=True)
class Tax:
    """The merchant's tax: what pages, e-mails and bills call it, and which amounts lead."""

    name: str = "VAT"
    shown: TaxShown = TaxShown.EXCLUDED_AND_INCLUDED

    @property
    def excluded(self) -> str:
        """What is written after an amount without it: `excl. VAT`."""
        return f"excl. {self.name}"

    @property
    def included(self) -> str:
        """What is written after an amount with it: `incl. VAT`."""
        return f"incl. {self.name}"

    @property
    def leads(self) -> bool:
        """Whether the large figures hold it."""
        return self.shown is TaxShown.INCLUDED

    @property
    def beside(self) -> bool:
        """Whether prices are shown with it too, before anybody orders."""
        return self.shown is not TaxShown.EXCLUDED

    @property
    def label(self) -> str:
        """What is written after a large figure."""
        return self.included if self.leads else self.excluded

    @property
    def number(self) -> str:
        """What the merchant's own number with the tax office is called: `VAT number`."""
        return f"{self.name} number"

    def included_at(self, percent: str) -> str:
        """What a total says that includes the tax at a rate: `incl. 20% VAT`."""
        return f"incl. {percent} {self.name}"

    def at(self, percent: str) -> str:
        """The tax's own line on a bill: `VAT at 20%`."""
        return f"{self.name} at {percent}"

    def added(self, percent: str | None = None) -> str:
        """What comes on top of a price without it: `plus sales tax where it applies`."""
        return f"plus {self.at(percent)}" if percent else f"plus {self.name} where it applies"

    def reverse_charge(self, tax_id: str | None) -> str:
        """Why an invoice to a company abroad adds none, and what that company does."""
        return (
            f"Reverse charge: we do not add {self.name}. You account for it in your own country"
            f" under {tax_id or 'your VAT number'}."
        )

    @property
    def outside_scope(self) -> str:
        """Why an invoice to a company outside its area adds none."""
        return f"We do not add {self.name}: what you buy is outside its scope."
