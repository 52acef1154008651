"""Whether a change is made already: the same was confirmed before."""

from pricingsite.services.changes.drafts import draft_of, with_following
from pricingsite.services.changes.kept_drafts import to_json
from pricingsite.services.changes.quoting import ChangeQuote


def is_made_already(quote: ChangeQuote) -> bool:
    """Whether a schedule is already as a quote would have it."""
    situation = quote.situation
    known = situation.pending.following if situation.pending else None
    made = with_following(draft_of(situation.schedule), known)
    quoted = with_following(quote.after, quote.following)
    return list(map(to_json, made)) == list(map(to_json, quoted))
