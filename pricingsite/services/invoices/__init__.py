"""Invoices: billing runs make them; payments and credit notes settle and correct them."""
