"""The days of a statement of account, both covered; sent by GET."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField
from wtforms.form import BaseForm

from pricingsite.pricing import Period

# A file of all invoices of these days holds so many at most.
MOST_INVOICES = 100
_A_YEAR = timedelta(days=365)


class _Day(DateField):
    """A day; what is none says what to type."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day that was typed."""
        try:
            super().process_formdata(valuelist)  # type: ignore[no-untyped-call]
        except ValueError:
            raise ValueError(f"{self.label.text}: enter a day such as 2026-11-01") from None


class StatementForm(BaseForm):
    """The first and the last day; the year up to today where none is typed."""

    def __init__(self, typed: Mapping[str, Any], *, today: date) -> None:
        given = {name.lower(): _Day(name) for name in ("From", "To")}  # type: ignore[no-untyped-call]
        super().__init__(given)  # type: ignore[no-untyped-call]
        sent = MultiDict(typed) if {"from", "to"} & typed.keys() else None
        first = today - _A_YEAR + timedelta(days=1)
        self.process(sent, data={"from": first, "to": today})  # type: ignore[no-untyped-call]

    def is_valid(self) -> bool:
        """Whether both are days, in their order; fills the errors where not."""
        if not self.validate():  # type: ignore[no-untyped-call]
            return False
        first, last = self["from"].data, self["to"].data
        if first is None or last is None or last < first or last == date.max:
            self["to"].errors = ["To: enter a day that is not before the first"]
            return False
        return True

    @property
    def period(self) -> Period:
        """The days, once the form is valid."""
        return Period(self["from"].data, self["to"].data + timedelta(days=1))
