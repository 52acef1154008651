"""Alerts: what a customer wants to be told of, and what of it a bill has reached."""
