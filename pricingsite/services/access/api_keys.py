"""API keys: made, recognised, revoked. A key reads `<id>_<secret>`; of the secret a hash is kept.

The secret is 160 random bits, so a plain SHA-256 keeps it: there is nothing to guess.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from pricingsite.models.access import ApiKey
from pricingsite.models.types import new_id, new_secret

# What a key may be allowed to do, in words.
SCOPES = {
    "events:write": "send usage events, and void them",
    "usage:read": "read usage by day",
    "estimates:read": "read estimates of running bills",
    "invoices:read": "read invoices and credit notes",
    "customers:read": "read customers and their billing schedules",
    "customers:write": "make customers, and change their details",
    "schedules:write": "make billing schedules",
    "catalog:read": "read plans, products and prices, variants included",
    "entitlements:read": "read what customers may use",
}
_USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyError(ValueError):
    """A key that cannot be made or found; the message says why."""


def create(session: Session, scopes: Iterable[str], *, now: datetime) -> str:
    """Make a key of some scopes; the key itself, which is never seen again."""
    wanted = set(scopes)
    if unknown := sorted(wanted - SCOPES.keys()):
        raise ApiKeyError(f"There is no scope {' or '.join(unknown)}; scopes: {', '.join(SCOPES)}.")
    if not wanted:
        raise ApiKeyError(f"A key needs a scope; scopes: {', '.join(SCOPES)}.")
    key_id, secret = new_id("psk"), new_secret()
    session.add(
        ApiKey(
            id=key_id,
            secret_hash=_hash(secret),
            scopes=" ".join(sorted(wanted)),
            created_at=now,
        )
    )
    session.flush()
    return f"{key_id}_{secret}"


# Made once: every request of a program asks it.
_OF_ID = select(ApiKey).where(ApiKey.id == bindparam("key_id"))


def recognise(session: Session, key: str) -> ApiKey | None:
    """The key that a caller sent, if it is one of ours and not revoked."""
    key_id, _, secret = key.rpartition("_")
    # PostgreSQL could not even be asked for a NUL.
    found = None if "\0" in key_id else session.scalar(_OF_ID, {"key_id": key_id})
    if found is None or not hmac.compare_digest(found.secret_hash, _hash(secret)):
        return None
    return found if found.revoked_at is None else None


def needs_noting(key: ApiKey, *, now: datetime) -> bool:
    """Whether a use now is worth writing down: once a minute is enough."""
    return key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY


def note_use(session: Session, key_id: str, *, now: datetime) -> None:
    """Remember that a key was used."""
    earlier = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now)
    statement = update(ApiKey).where(ApiKey.id == key_id, earlier)
    session.execute(statement.values(last_used_at=now))


def revoke(session: Session, name: str, *, now: datetime) -> ApiKey:
    """End a key, named by its id or by itself; one that has ended stays so."""
    found = session.get(ApiKey, name) or session.get(ApiKey, name.rpartition("_")[0])
    if found is None:
        raise ApiKeyError("There is no such key: `flask api-keys list` shows those there are.")
    found.revoked_at = found.revoked_at or now
    return found


def list_keys(session: Session) -> Sequence[ApiKey]:
    """Every key ever made, in the order of making."""
    return session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.id)).all()


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
