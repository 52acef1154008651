"""Customers: what they say of themselves, the names usage knows them by, and their locks."""
