"""What a plan has of a feature, in words."""

from decimal import Decimal

from pricingsite.wording.quantities import number

INCLUDED = "Included"
NOT_INCLUDED = "Not included"
LIMITS = "Limits"


def value_in_words(
    *,
    value: bool | str | None,
    limit: Decimal | None,
    is_limited: bool,
    is_open: bool,
) -> str:
    """What a plan's cell says: its text, else its limit, else whether it is included.

    `is_limited`: some plan has a limit of it, so that a plan without one has none. `is_open`: what
    the plan does not say is for the talk about it.
    """
    if isinstance(value, str):
        return value
    if value is False:
        return NOT_INCLUDED
    if limit is not None:
        return number(limit)
    if value:
        return INCLUDED
    if is_open:
        return "By agreement"
    return "No limit" if is_limited else NOT_INCLUDED
