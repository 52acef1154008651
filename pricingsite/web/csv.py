"""Files of comma-separated values, as customers download them."""

import csv
import io

from pricingsite.services.estimates.usage_by_day import UsageHistory
from pricingsite.web.merchant import current_tax


def usage_csv(history: UsageHistory) -> str:
    """Usage by day: a line a day and price, after one of what the price costs unused.

    A day without data has no quantity, which is not zero.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    cost = f"cost {history.bill.currency} excl {current_tax().name}".lower().replace(" ", "_")
    lines.writerow(["day", "price", "unit", "events", "quantity", "cumulative", cost])
    for table in history.tables:
        names = [_plain(table.price_name), _plain(table.unit.singular)]
        lines.writerow([table.period.start, *names, "", "", "0", table.base])
        for one in table.days:
            quantity = "" if one.quantity is None else f"{one.quantity:f}"
            whose = [one.day, *names]
            lines.writerow([*whose, one.event_count, quantity, f"{one.cumulative:f}", one.net])
    return text.getvalue()


def _plain(text: str) -> str:
    """Text that a spreadsheet does not run: one that begins like a formula is marked as text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
