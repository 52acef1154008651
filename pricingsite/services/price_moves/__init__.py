"""Moving customers to a new price: their schedules from a boundary of their own on."""
