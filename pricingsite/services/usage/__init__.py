"""Usage: events are read, checked, recorded once, rolled up by day, and read as quantities."""
