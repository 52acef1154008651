"""What blueprints share: sign-in, errors, headers, filters, limits, clock, the one commit."""
