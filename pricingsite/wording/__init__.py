"""Wording: pure phrases of prices, bands, periods, bills and tax, generated and never typed twice.

It knows no locale, so money is written by a `format_rate(rate, currency)` that the caller passes
in. Another language would be another set of these modules.
"""
