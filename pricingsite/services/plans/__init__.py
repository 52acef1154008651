"""Plans on sale: what is for sale on a day, and what pages say of it."""
