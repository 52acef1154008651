"""Files of comma-separated values, as customers download them."""

import csv
import io

from pricingsite.services.estimates.usage_by_day import UsageHistory
from pricingsite.wording import tax


def usage_csv(history: UsageHistory) -> str:
    """Usage by day: a line a day and price, after one of what the price costs unused.

    A day without data has no quantity, which is not zero.
    """
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    cost = f"cost_{history.bill.currency}_excl_{tax.NAME}".lower()
    lines.writerow(["day", "price", "unit", "events", "quantity", "cumulative", cost])
    for table in history.tables:
        start = [table.period.start, table.price_name, table.unit.singular]
        lines.writerow([*start, "", "", "0", table.base])
        for one in table.days:
            quantity = "" if one.quantity is None else f"{one.quantity:f}"
            whose = [one.day, table.price_name, table.unit.singular]
            lines.writerow([*whose, one.event_count, quantity, f"{one.cumulative:f}", one.net])
    return text.getvalue()
