"""Usage: events as they come, recorded once, rolled up by day, and read as quantities."""
