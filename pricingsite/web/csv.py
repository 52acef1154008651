"""Files of comma-separated values, as customers download them."""

import csv
import io

from pricingsite.services.estimates.usage_by_day import UsageHistory
from pricingsite.web.merchant import current_tax


def usage_csv(history: UsageHistory) -> str:
    """Usage by day: a line a day and price, after one of what the price costs unused.

    A day without data has no quantity, which is not zero. Where a metric has a name of its own, it
    is the last column.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    cost = f"cost {history.bill.currency} excl {current_tax().name}".lower().replace(" ", "_")
    has_names = any(table.unit.name for table in history.tables)
    columns = ["day", "price", "unit", "events", "quantity", "cumulative", cost]
    lines.writerow([*columns, *(["metric"] if has_names else [])])
    for table in history.tables:
        metric = [_plain(table.unit.title)] if has_names else []
        names = [_plain(table.price_name), _plain(table.unit.singular)]
        lines.writerow([table.period.start, *names, "", "", "0", table.base, *metric])
        for one in table.days:
            quantity = "" if one.quantity is None else f"{one.quantity:f}"
            whose = [one.day, *names]
            figures = [one.event_count, quantity, f"{one.cumulative:f}", one.net]
            lines.writerow([*whose, *figures, *metric])
    return text.getvalue()


def _plain(text: str) -> str:
    """Text that a spreadsheet does not run: one that begins like a formula is marked as text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
