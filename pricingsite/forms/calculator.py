"""The calculator's form: one quantity field a metric, named by the metric's id; sent by GET.

Quantities are typed as people write them ("3,200", "3 200", "3.2k") and read exactly, or refused
with a message that says what to type instead.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from pricingsite.models.catalog import UsageMetric
from pricingsite.pricing import Unit

# A period's total beyond the first is refused, beyond the second it is a matter for a talk.
MOST = Decimal(10**12)
TALK_TO_US = Decimal(10**9)
_PLACES = Decimal("0.000001")
# What people put between groups of three digits; the last three are kinds of space.
_GAP = "[ ,_'\u2019\u00a0\u2009\u202f]"
_NUMBER = re.compile(
    rf"(?P<whole>[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+|[0-9]*)(?P<part>\.[0-9]*)?\s*(?P<suffix>[km]?)",
    re.IGNORECASE,
)
_ZEROS = {"": 0, "k": 3, "m": 6}
# Aggregations that count events or distinct values: there is no half of one.
_WHOLE = {"count", "unique"}


class QuantityError(ValueError):
    """A quantity that cannot be used; the message completes "API calls …"."""


def parse_quantity(text: str) -> Decimal:
    """A quantity as people type it, exact; raises `QuantityError` in words."""
    text = text.strip().removeprefix("+")
    if text.startswith(("-", "\N{MINUS SIGN}")):
        raise QuantityError("must be 0 or more")
    match = _NUMBER.fullmatch(text)
    if match is None or not re.search("[0-9]", text):
        raise QuantityError("must be a number, such as 3,200")
    whole = re.sub(_GAP, "", match["whole"]).lstrip("0")
    if len(whole) > len(str(MOST)):
        raise QuantityError(f"must be {MOST:,} or fewer")
    part = (match["part"] or "").rstrip("0").rstrip(".")
    # Written with its exponent, since a decimal's constructor is exact and its arithmetic rounds.
    return _checked(Decimal(f"{whole or 0}{part}E{_ZEROS[match['suffix'].lower()]}"))


def _checked(number: Decimal) -> Decimal:
    if number > MOST:
        raise QuantityError(f"must be {MOST:,} or fewer")
    if number != number.quantize(_PLACES):
        raise QuantityError("must have no more than 6 decimals")
    return number


class CalculatorForm(BaseForm):
    """A labelled field for each metric; blank fields are no quantity, not 0."""

    def __init__(self, metrics: Sequence[UsageMetric], typed: Any) -> None:
        self._units = {m.id: Unit(m.unit, m.unit_plural) for m in metrics}
        super().__init__({m.id: _field(m) for m in metrics})  # type: ignore[no-untyped-call]
        self.process(typed)  # type: ignore[no-untyped-call]

    def is_valid(self) -> bool:
        """Whether everything that was typed can be used; fills the errors where not."""
        return bool(self.validate())  # type: ignore[no-untyped-call]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not any(field.data for field in self)

    @property
    def quantities(self) -> Mapping[str, Decimal]:
        """What was typed, by metric id, once the form is valid."""
        return {field.name: parse_quantity(field.data) for field in self if field.data}

    @property
    def in_words(self) -> str:
        """What was typed, in words, once the form is valid: "3,200 API calls, 5 seats"."""
        return ", ".join(self._units[name].of(number) for name, number in self.quantities.items())

    @property
    def talk_to_us(self) -> bool:
        """Whether a quantity is so large that a list price is hardly the last word."""
        return any(quantity >= TALK_TO_US for quantity in self.quantities.values())


def _field(metric: UsageMetric) -> Field:
    label = metric.unit_plural[:1].upper() + metric.unit_plural[1:]
    return StringField(
        label,
        [_readable(label, whole=metric.aggregation in _WHOLE)],
        id=f"quantity-{metric.id}",
        filters=[lambda text: (text or "").strip()],
        description="In one period. For example 3,200 or 3.2k.",
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )


def _readable(label: str, *, whole: bool) -> Callable[[BaseForm, Field], None]:
    def check(_form: BaseForm, field: Field) -> None:
        if not field.data:
            return
        try:
            quantity = parse_quantity(field.data)
        except QuantityError as error:
            raise ValidationError(f"{label} {error}") from None
        if whole and quantity != quantity.to_integral_value():
            raise ValidationError(f"{label} must be a whole number")

    return check
