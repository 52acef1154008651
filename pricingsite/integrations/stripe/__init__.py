"""Stripe: its products and prices, read from exports."""
