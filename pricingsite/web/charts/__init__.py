"""Charts: numbers in, places on a drawing out."""
