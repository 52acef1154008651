"""The tables, one file a noun. Importing the package registers all of them."""

from pricingsite.models import (
    access,
    alerts,
    api_keys,
    catalog,
    customers,
    outbox,
    schedules,
    usage,
)

__all__ = ["access", "alerts", "api_keys", "catalog", "customers", "outbox", "schedules", "usage"]
