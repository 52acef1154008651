"""The digest of a quote: the same for as long as confirming it does what was shown."""

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from pricingsite.models.schedules import BillingSchedule
from pricingsite.pricing import TaxTreatment
from pricingsite.services.changes.crediting import UnusedCharge
from pricingsite.services.changes.drafts import ScheduleDraft, draft_of
from pricingsite.services.changes.kept_drafts import to_json
from pricingsite.services.changes.situation import Situation


def digest_with(digest: str, following: BillingSchedule) -> str:
    """The digest of a change after which another schedule is to follow."""
    content = [digest, following.currency, str(following.anchor_date), to_json(draft_of(following))]
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def digest_of(
    situation: Situation,
    after: ScheduleDraft,
    *,
    on: date,
    given_back: Sequence[UnusedCharge],
    billed_on: Sequence[date],
    treatment: TaxTreatment,
) -> str:
    """A hash of all that a change decides, and of nothing that usage does."""
    content = {
        "schedule": situation.schedule.id,
        "pending": situation.pending.id if situation.pending else None,
        "before": to_json(situation.draft),
        "after": to_json(after),
        "on": str(on),
        "given_back": [(one.invoice.number, one.place, str(one.net)) for one in given_back],
        "bills": [str(day) for day in billed_on],
        "tax": treatment.value,
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
