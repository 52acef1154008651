"""`flask demo`: a shipped example with customers, and with months of usage and invoices."""
