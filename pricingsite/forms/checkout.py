"""The order form: strings in, a frozen `OrderCommand` out. It accepts no price and no amount."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from wtforms import Field, HiddenField, StringField, ValidationError

from pricingsite.forms.base import BillingFields, Form, email, squeeze, text
from pricingsite.pricing.periods import LAST_DAY
from pricingsite.services.customers.details import CustomerDetails
from pricingsite.services.orders.placing import OrderCommand
from pricingsite.services.plans.as_sold import Choice

# How a day may be typed; the form itself writes the first of them.
_DAY_FIRST = "%d/%m/%Y"
_DAY_FORMATS = ("%Y-%m-%d", _DAY_FIRST, "%d %B %Y", "%d %b %Y")
_MONTHS = 12


# What a form that was sent says of itself where nothing was ordered.
EXPIRED = (
    "This page was open for too long, or your browser does not accept its cookie. Nothing "
    "was ordered: check your details and order again."
)
CHOSEN_ANEW = (
    "What you order has changed since the total was shown. Nothing was ordered: check the new "
    "total, and order again."
)
BUSY = (
    "We could not store the order just now. Try again in half a minute: sending it twice "
    "still makes one order."
)


class OrderForm(BillingFields, Form):
    """The person, the company and the start date of an order."""

    email = email(
        "Work e-mail",
        "Enter your e-mail address",
        hint="We send the order and the link to your account to this address.",
    )
    name = text("Full name", "Enter your full name", autocomplete="name")
    purchase_order = text(
        "Purchase order reference",
        most=60,
        hint="Printed on your invoices.",
    )
    start = StringField("Start date", filters=[squeeze])
    code = text("Promotion code", most=40)
    # The prices that the page showed, signed; and the reference of the order to order again for.
    shown_prices = HiddenField()
    order_again_for = HiddenField()

    def __iter__(self) -> Iterator[Field]:
        """The fields as the page asks for them: who orders, before their company."""
        first = {"csrf_token", "email", "name"}
        return iter(sorted(self._fields.values(), key=lambda field: field.name not in first))

    def prepare(
        self,
        *,
        today: date,
        days_ahead: int,
        countries: Sequence[str],
        takes_codes: bool = False,
    ) -> None:
        """Tell the form what may be chosen: days from today on, countries, promotion codes."""
        if not takes_codes:
            del self.code
        self._first, self._last = today, min(today + timedelta(days=days_ahead), LAST_DAY)
        self.start.description = (
            f"Today, {_words(today)}, or a day up to {_words(self._last)}. "
            "Your plan starts on this day."
        )
        self.offer_countries(countries)
        if self.start.data is None:
            self.start.data = today.isoformat()

    @property
    def _days(self) -> tuple[date, ...]:
        """What was typed, in each way that it can be read; with nothing typed it is today."""
        return _read_days(self.start.data) if self.start.data else (self._first,)

    @property
    def _day(self) -> date | None:
        days = self._days
        return days[0] if len(days) == 1 else None

    @property
    def start_date(self) -> date:
        """The day that was typed, or today where that cannot be a start."""
        day = self._day
        return day if day and self._first <= day <= self._last else self._first

    def validate_start(self, _field: Field) -> None:
        if len(days := self._days) > 1:
            words = " or ".join(map(_words, days))
            raise ValidationError(f"Start date could be {words}: type the one you mean in words")
        day = self._day
        if day is None:
            raise ValidationError(f"Enter a start date such as {_words(self._first)}")
        if day < self._first:
            raise ValidationError(f"Start date must be today, {_words(self._first)}, or later")
        if day > self._last:
            raise ValidationError(f"Start date must be {_words(self._last)} or earlier")

    @property
    def typed_code(self) -> str | None:
        """The promotion code that was typed, in capital letters; None without one."""
        typed = self.code.data if "code" in self else None
        return typed.upper().replace(" ", "") or None if typed else None

    def refuse_code(self, why: str) -> None:
        """Tell what is wrong with the promotion code."""
        self.code.errors = (why,)

    def hidden_values(self) -> dict[str, str]:
        """What was typed, for a page that asks once more."""
        own = {"csrf_token", "shown_prices", "order_again_for"}
        return {field.name: field.data or "" for field in self if field.name not in own}

    def command(self, plan_id: str, choice: Choice | None = None) -> OrderCommand:
        """What is ordered, as typed; checked if the form is. A day that cannot be read is none."""
        details = CustomerDetails(
            billing_email=self.email.data, contact_name=self.name.data, **self.billing_values()
        )
        return OrderCommand(
            plan_id=plan_id,
            choice=choice or Choice(),
            details=details,
            start=self._day or date.min,
            purchase_order=self.purchase_order.data or None,
            code=self.typed_code,
        )


def _read_days(text: str) -> tuple[date, ...]:
    """The day that a text is, or both where the month may come first."""
    for form in _DAY_FORMATS:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if form == _DAY_FIRST and day.day <= _MONTHS:
            return tuple(dict.fromkeys((day, day.replace(day=day.month, month=day.day))))
        return (day,)
    return ()


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
