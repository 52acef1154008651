"""The tables, one file a noun. Importing the package registers all of them."""

from pricingsite.models import (
    access,
    alerts,
    catalog,
    changes,
    customers,
    invoices,
    merchant,
    orders,
    outbox,
    promotions,
    ranges,
    schedules,
    usage,
    webhooks,
)

__all__ = [
    "access",
    "alerts",
    "catalog",
    "changes",
    "customers",
    "invoices",
    "merchant",
    "orders",
    "outbox",
    "promotions",
    "ranges",
    "schedules",
    "usage",
    "webhooks",
]
