"""The tables, one file a noun. Importing the package registers all of them."""

from pricingsite.models import access, catalog, customers, outbox, schedules, usage

__all__ = ["access", "catalog", "customers", "outbox", "schedules", "usage"]
