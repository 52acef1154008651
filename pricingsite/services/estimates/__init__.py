"""Estimates: the running bill of a customer, how it came about, and where it is going."""
