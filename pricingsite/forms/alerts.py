"""What a customer wants to be told of, as typed: a budget, amounts one a line, shares to tick."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from babel import Locale
from babel.numbers import get_currency_symbol
from wtforms import Field, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import CheckboxInput

from pricingsite.forms.base import Form, text
from pricingsite.forms.numbers import TypedNumberError, parse_number
from pricingsite.pricing import Money, decimals_of
from pricingsite.pricing.money import places_of
from pricingsite.pricing.position import UsagePosition
from pricingsite.services.alerts.choices import SHARES, AlertChoices
from pricingsite.wording import tax
from pricingsite.wording.quantities import number, unit_name

_MOST_AMOUNTS = 10
_SHARES = "shares-"
_LOCALE = Locale("en", "GB")


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
        description=f"Amounts {tax.EXCLUDED}, one a line.",
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

    def _amount(self, typed: str, what: str) -> Money:
        currency = self.net_at_zero_usage.currency
        places = decimals_of(currency)
        symbol = get_currency_symbol(currency, locale=_LOCALE)
        try:
            amount = parse_number(typed.replace(symbol, "").replace(currency, ""))
        except TypedNumberError as error:
            raise StopValidation(f"{what} {error}") from None
        if places_of(amount) > places:
            raise StopValidation(f"{what} must have no more than {places} decimals")
        least = self.net_at_zero_usage.amount
        if amount <= least:
            raise StopValidation(
                f"{what} must be more than {symbol}{least:,}, the fixed charges of a period"
            )
        return Money.rounded(amount, currency)


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]


def alerts_form(
    positions: Iterable[UsagePosition], net_at_zero_usage: Money, chosen: AlertChoices
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
    return form


def _shares(position: UsagePosition) -> SelectMultipleField:
    assert position.included is not None  # noqa: S101 - checked by the caller
    units = unit_name(position.included, position.unit)
    return SelectMultipleField(
        f"Tell me when this much of the {number(position.included)} included {units} is used",
        choices=[SelectChoice(f"{share:f}", f"{share:.0%}") for share in SHARES],
        option_widget=CheckboxInput(),
    )
