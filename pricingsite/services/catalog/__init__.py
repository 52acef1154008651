"""The catalog file: read, checked, compared with what is stored, and applied."""
