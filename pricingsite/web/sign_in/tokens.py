"""Signed tokens of e-mailed links, dated by the site's clock, which can be stopped."""

from flask import current_app
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from pricingsite.web.clock import now


class _Signer(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(now().timestamp())


def token_serializer(purpose: str) -> URLSafeTimedSerializer:
    """What signs and reads tokens of one purpose; those of another do not pass."""
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=purpose, signer=_Signer)
