"""`flask catalog …`: what is for sale, from one TOML file."""
