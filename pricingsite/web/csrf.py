"""Forgery: every POST carries its form's token, but for views that check it themselves."""

from flask_wtf import CSRFProtect

csrf = CSRFProtect()
