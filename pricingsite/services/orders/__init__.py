"""Orders: placed from the checkout form."""
