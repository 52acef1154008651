"""The tables, one file a noun. Importing the package registers all of them."""

from pricingsite.models import access, api_keys, catalog, customers, outbox, schedules, usage

__all__ = ["access", "api_keys", "catalog", "customers", "outbox", "schedules", "usage"]
