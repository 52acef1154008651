"""Properties run the same examples every time, and as many as a few seconds hold."""

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=80, database=None)
settings.load_profile("ci")
