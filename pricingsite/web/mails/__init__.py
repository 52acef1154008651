"""E-mails: rendered from templates, and put into the outbox."""
