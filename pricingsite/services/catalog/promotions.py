"""A promotion code in the catalog file, as it was read."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from pricingsite.services.catalog.toml_tables import Reader, each, key
from pricingsite.services.catalog.toml_values import (
    check_text,
    currency,
    day,
    decimal,
    flag,
    id_,
    reader,
)

_CODE = re.compile("[A-Z0-9]+([-_][A-Z0-9]+)*")
_LONGEST_CODE = 40
MOST_PERIODS = 120


@partial(reader, pattern=f"^{_CODE.pattern}$", maxLength=_LONGEST_CODE)
def _code(value: Any) -> str:
    code = check_text(value)
    if not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE:
        raise ValueError(
            f'"{code}" is not a code: use up to {_LONGEST_CODE} capital letters and digits, '
            'with "-" and "_" between them'
        )
    return code


def count(of: str, least: int, most: int) -> Reader:
    """A whole number of things, which stands without quotes."""

    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"expected a whole number of {of} from {least:,} to {most:,}")
        return value

    return reader(check, minimum=least, maximum=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEntry:
    """A code that takes a percentage or an amount off."""

    path: str
    code: str = key(_code)
    percent: Decimal | None = key(decimal(at_most=100, places=4), default=None)
    amount: Decimal | None = key(decimal(), default=None)
    currency: str | None = key(currency, default=None)
    periods: int | None = key(count("periods", 1, MOST_PERIODS), default=None)
    plans: tuple[str, ...] = key(each(id_, at_least=1), default=())
    new_customers_only: bool = key(flag, default=False)
    valid_from: date | None = key(day, default=None)
    valid_until: date | None = key(day, default=None)
    maximum_redemptions: int | None = key(count("redemptions", 1, 10**9), default=None)

    @property
    def id(self) -> str:
        """What it is known by."""
        return self.code
