"""Messages to the outside, written with the business that they are about."""
