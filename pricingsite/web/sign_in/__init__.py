"""Who is there: signing in, invitations, whose pages a visitor sees, and API keys."""
