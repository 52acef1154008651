"""The way in for servers and for the `flask` command: `gunicorn wsgi:app`."""

import gc
import sys

# Next to nothing that is made from here on is garbage, and each collection would look through it.
gc.disable()

from pricingsite.app import create_app  # noqa: E402
from pricingsite.settings import SettingError  # noqa: E402

try:
    app = create_app()
except SettingError as error:
    print(error, file=sys.stderr)
    # With this status gunicorn stops, where it would start the worker anew after another.
    raise SystemExit(4) from None
# What the app is made of stays: no collection of garbage is to look through it again.
gc.freeze()
gc.enable()
