"""What midnights change, told to the merchant's programs: once a day, by one of the deliverers."""

from pricingsite.database import db
from pricingsite.services.balances.overdue import tell_of_overdue
from pricingsite.services.merchant import find_merchant
from pricingsite.services.schedules.midnights import (
    claim_midnights,
    is_to_be_swept,
    tell_of_midnights,
)
from pricingsite.web.clock import now
from pricingsite.web.sweeps import Sweep
from pricingsite.web.transaction import committing


def sweep_midnights() -> list[str]:
    """Write the events of the midnights since the last look; what went wrong."""
    merchant = find_merchant(db.session())
    if merchant is None:
        return []
    moment = now()
    today = merchant.today(moment)
    sweep = Sweep("its events could not be written")
    if not is_to_be_swept(db.session(), today=today):
        return []
    with sweep.each("midnight"), committing(db.session):
        days = claim_midnights(db.session(), today=today)
        if days is not None:
            tell_of_midnights(db.session(), days, now=moment)
            tell_of_overdue(db.session(), days, today=today, now=moment)
    return sweep.faults
