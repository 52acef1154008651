"""How days are written wherever they are shown."""

from datetime import date, timedelta

from pricingsite.pricing import Period

_HALF_A_YEAR = timedelta(days=183)


def day(value: date) -> str:
    """A day in words: `1 March 2027`."""
    return f"{value.day} {value:%B} {value.year}"


def day_month(value: date) -> str:
    """A day of a year that is clear: `1 March`."""
    return f"{value.day} {value:%B}"


def day_ahead(value: date, today: date) -> str:
    """A day to come: `1 March`, with its year where it is half a year ahead or more."""
    return day_month(value) if value - today < _HALF_A_YEAR else day(value)


def days(start: date, last: date) -> str:
    """Days from one to another, both covered: `1 to 30 November 2026`, `5 May to 4 June 2026`."""
    if start == last:
        return day(start)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {day(last)}"
    if start.year == last.year:
        return f"{day_month(start)} to {day(last)}"
    return f"{day(start)} to {day(last)}"


def period_name(period: Period) -> str:
    """A period as people call it: `October 2026`, or its days where it is no calendar month."""
    start, last = period.start, period.last_day
    one_month = (start.year, start.month) == (last.year, last.month)
    if one_month and start.day == 1 and period.end.day == 1:
        return f"{start:%B} {start.year}"
    return days(start, last)
