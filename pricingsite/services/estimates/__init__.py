"""Estimates: the running bill of a customer, how it came about, and its forecast."""
