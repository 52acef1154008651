"""Amounts as EN 16931 writes them: in major units, with two decimals at most."""

from pricingsite.pricing import Money, decimals_of

_MOST_DECIMALS = 2


def in_two_decimals(amount: Money) -> bool:
    """Whether an amount can be written: one of a thousandth, as KWD has them, cannot."""
    return not amount.minor % int(10 ** max(0, decimals_of(amount.currency) - _MOST_DECIMALS))


def written(amount: Money, sign: int = 1) -> str:
    """An amount as a plain decimal, with the sign that its document gives it."""
    signed = -amount if sign < 0 else amount
    places = min(decimals_of(amount.currency), _MOST_DECIMALS)
    return f"{signed.amount:.{places}f}"
