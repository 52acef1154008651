"""What a customer wants to be told of, as typed: a budget, amounts one a line, shares to tick."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from unicodedata import category

from babel import Locale
from babel.numbers import get_currency_symbol
from wtforms import Field, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import CheckboxInput

from pricingsite.forms.base import Form, text
from pricingsite.forms.numbers import TypedNumberError, parse_number
from pricingsite.pricing import Money, decimals_of
from pricingsite.pricing.position import UsagePosition
from pricingsite.services.alerts.choices import SHARES, AlertChoices
from pricingsite.wording.quantities import number, unit_name
from pricingsite.wording.tax import Tax

_MOST_AMOUNTS = 10
_SHARES = "shares-"
_LOCALE = Locale("en", "GB")
_BETWEEN = re.compile(r"[\r\n;]|,(?=\s)")


class AlertsForm(Form):
    """Alerts of one customer. Made by `alerts_form`, which adds the shares of its positions."""

    net_at_zero_usage: Money
    budget = text(
        "Budget for a period",
        most=30,
        hint="Shown next to your bill. We e-mail you when the bill reaches it.",
    )
    amounts = TextAreaField(
        "Tell me when the bill reaches",
        validators=[Optional()],
        render_kw={"rows": 3},
    )

    def validate_budget(self, field: Field) -> None:
        if field.data:
            self._amount(field.data, field.label.text)

    def validate_amounts(self, field: Field) -> None:
        lines = _lines(field.data)
        if len(lines) > _MOST_AMOUNTS:
            raise StopValidation(f"Enter {_MOST_AMOUNTS} amounts or fewer")
        for line in lines:
            self._amount(line, f"The amount {line}")
            self._refuse_several(line)

    @property
    def shares(self) -> Mapping[str, Field]:
        """The fields of shares, by the metric whose units are included."""
        found = (field for field in self if field.type == "SelectMultipleField")
        return {field.name.removeprefix(_SHARES): field for field in found}

    def choices(self) -> AlertChoices:
        """What was chosen, checked."""
        return AlertChoices(
            budget=self._amount(self.budget.data, "") if self.budget.data else None,
            amounts=tuple(self._amount(line, "") for line in _lines(self.amounts.data)),
            shares={name: tuple(map(Decimal, field.data)) for name, field in self.shares.items()},
        )

    def _refuse_several(self, line: str) -> None:
        """Ask back where a comma may stand between thousands, or between two amounts."""
        parts = line.split(",")
        least = self.net_at_zero_usage.amount
        if len(parts) > 1 and all(part.isdecimal() and int(part) > least for part in parts):
            alone, several = "".join(parts), " and ".join(parts)
            raise StopValidation(
                f"{line} could be one amount or {several}: "
                f"type {alone}, or put each on its own line"
            )

    def _amount(self, typed: str, what: str) -> Money:
        currency = self.net_at_zero_usage.currency
        places = decimals_of(currency)
        symbol = get_currency_symbol(currency, locale=_LOCALE)
        number = _without(typed, (symbol, currency, symbol[-1]))
        if any(category(character) == "Sc" for character in number):
            raise StopValidation(f"{what} must be in {currency}, such as {symbol}1,000")
        try:
            amount = parse_number(number, places=places)
        except TypedNumberError as error:
            raise StopValidation(f"{what} {error}") from None
        least = self.net_at_zero_usage.amount
        if amount <= least:
            raise StopValidation(
                f"{what} must be more than {symbol}{least:,}, the fixed charges of a period"
            )
        return Money.rounded(amount, currency)


def _without(typed: str, signs: Iterable[str]) -> str:
    """An amount without its currency before it or after it."""
    for sign in signs:
        if not sign.isalpha() or len(sign) > 1:
            typed = typed.strip().removeprefix(sign).removesuffix(sign)
    return typed.strip()


def _lines(typed: str | None) -> list[str]:
    """Each amount of a list: one a line, or with a semicolon, or a comma and a space, between."""
    return [line.strip() for line in _BETWEEN.split(typed or "") if line.strip()]


def alerts_form(
    positions: Iterable[UsagePosition], net_at_zero_usage: Money, chosen: AlertChoices, tax: Tax
) -> AlertsForm:
    """The form of a customer with these positions, whose bill is so much without any usage."""
    data: dict[str, object] = {
        "budget": str(chosen.budget) if chosen.budget else "",
        "amounts": "\n".join(map(str, chosen.amounts)),
    }
    fields: dict[str, object] = {"net_at_zero_usage": net_at_zero_usage}
    for position in positions:
        if position.included:
            name = f"{_SHARES}{position.metric_id}"
            fields[name] = _shares(position)
            data[name] = [f"{share:f}" for share in chosen.shares.get(position.metric_id, ())]
    form: AlertsForm = type("AlertsForm", (AlertsForm,), fields)(data)
    form.amounts.description = f"Amounts {tax.excluded}, one a line."
    return form


def _shares(position: UsagePosition) -> SelectMultipleField:
    assert position.included is not None  # noqa: S101 - checked by the caller
    name = f" ({position.unit.name})" if position.unit.name else ""
    units = f"{unit_name(position.included, position.unit)}{name}"
    return SelectMultipleField(
        f"Tell me when this much of the {number(position.included)} included {units} is used",
        choices=[SelectChoice(f"{share:f}", f"{share:.0%}") for share in SHARES],
        option_widget=CheckboxInput(),
    )
