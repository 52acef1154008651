"""HTTP as every page has it: errors, headers, CSRF, limits, static files."""
