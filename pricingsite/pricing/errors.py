"""What pricing refuses. Every refusal is a `PricingError`, a `ValueError` in plain words."""


class PricingError(ValueError):
    """Something cannot be priced; its text says what to change."""


class NumberError(PricingError):
    """A number is not a plain exact decimal, or has more digits than fit."""


class MoneyError(PricingError):
    """An amount is not a whole number of minor units, or its currency no currency code."""


class CurrencyMismatchError(PricingError):
    """Amounts of two currencies were put together."""


class StructureError(PricingError):
    """A pricing structure is not one; `path` names the place in it, such as `tiers[2]`."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


class PeriodError(PricingError):
    """A period ends before it begins, or has none of what was asked."""


class TaxError(PricingError):
    """No VAT rate is valid on a day."""
