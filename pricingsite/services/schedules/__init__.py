"""Billing schedules: made, and read as the spans that pricing works on."""
