"""`flask invoices …`: looking at invoices, issuing, correcting and settling them by hand."""
