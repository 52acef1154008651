"""Billing: what of a schedule falls due on a day, and the bill of it."""
