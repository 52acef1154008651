"""The billing run: what fell due, made into invoices, each once."""
