"""The calculator's form: a field for each metric and each unit that is bought; sent by GET.

The first are named by the metric's id, the others `quantity.<price>` by their first price.
Quantities are typed as people write them, and refused with a message that says what to type
instead.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from unicodedata import category

from wtforms import Field, StringField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError

from pricingsite.forms.numbers import TypedNumberError, parse_number
from pricingsite.pricing import Unit
from pricingsite.wording.quantities import column, counted, sentence_start

# From here on a quantity is a matter for a talk.
TALK_TO_US = Decimal(10**9)


class CalculatorForm(BaseForm):
    """A labelled field for each metric and unit that is bought; blank is no quantity, not 0."""

    def __init__(
        self, used: Mapping[str, Unit], typed: Any, bought: Mapping[str, Unit] | None = None
    ) -> None:
        self._used = used
        self._bought = {f"quantity.{price_id}": unit for price_id, unit in (bought or {}).items()}
        self._units = {**used, **self._bought}
        fields = {id_: _field(id_, unit, used=id_ in used) for id_, unit in self._units.items()}
        super().__init__(fields)  # type: ignore[no-untyped-call]
        self.process(typed)  # type: ignore[no-untyped-call]

    def is_valid(self) -> bool:
        """Whether everything that was typed can be used; fills the errors where not."""
        return bool(self.validate())  # type: ignore[no-untyped-call]

    @property
    def quantities(self) -> Mapping[str, Decimal]:
        """What was typed, by the fields' names, once the form is valid."""
        return {f.name: _quantity(f.data, self._units[f.name]) for f in self if f.data}

    @property
    def used(self) -> Mapping[str, Decimal]:
        """The quantities that are used, by metric id."""
        return {name: many for name, many in self.quantities.items() if name in self._used}

    @property
    def bought(self) -> Mapping[Unit, Decimal]:
        """How many of each unit are bought."""
        return {
            self._bought[name]: many
            for name, many in self.quantities.items()
            if name in self._bought
        }

    @property
    def in_words(self) -> str:
        """What was typed, in words, once the form is valid: "3,200 API calls, 5 seats"."""
        return ", ".join(
            counted(number, self._units[name]) for name, number in self.quantities.items()
        )

    @property
    def talk_to_us(self) -> bool:
        """Whether a quantity is so large that a list price is hardly the last word."""
        return any(quantity >= TALK_TO_US for quantity in self.quantities.values())


def _field(name: str, unit: Unit, *, used: bool) -> Field:
    label = sentence_start(column(unit))
    return StringField(
        label,
        [_readable(label, unit)],
        id=f"quantity-{name.removeprefix('quantity.')}",
        filters=[lambda text: (text or "").strip()],
        description="In one period. For example 3,200 or 3.2k." if used else "How many you buy.",
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )


def _readable(label: str, unit: Unit) -> Callable[[BaseForm, Field], None]:
    def check(_form: BaseForm, field: Field) -> None:
        if not field.data:
            return
        try:
            _quantity(field.data, unit)
        except TypedNumberError as error:
            raise ValidationError(f"{label} {error}") from None

    return check


def _quantity(text: str, unit: Unit) -> Decimal:
    """A quantity, with or without its unit: "3.2k calls"."""
    if any(category(character) == "Sc" for character in text):
        raise TypedNumberError(f"must be a number of {unit.plural}, not an amount of money")
    names = (unit.plural, unit.singular)
    return parse_number(text, whole=unit.whole, units={*names, *(n.split()[-1] for n in names)})
