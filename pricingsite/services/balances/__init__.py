"""Balances: how far invoices are settled, by payments, credit notes and write-offs."""
