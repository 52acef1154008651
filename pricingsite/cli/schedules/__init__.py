"""`flask schedules …`: what a customer is on, and changing, pausing and ending it by hand."""
