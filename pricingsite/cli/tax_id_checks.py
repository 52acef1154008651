"""Tax ids that are checked online, where a register is set: a few in each round of deliveries.

Nothing waits for it. A claim and an answer are each a transaction; between them none is open.
"""

from flask import current_app

from pricingsite.database import db
from pricingsite.integrations.tax_ids import HttpTaxIdService, TaxIdServiceError
from pricingsite.models.merchant import Merchant
from pricingsite.services.customers.tax_id_checks import (
    ClaimedCheck,
    claim_check,
    record_answer,
    record_failure,
)
from pricingsite.services.customers.tax_ids import EUROPEAN, check_tax_id
from pricingsite.services.merchant import find_merchant
from pricingsite.web.clock import now
from pricingsite.web.sweeps import log_once
from pricingsite.web.transaction import committing

# E-mails wait meanwhile.
_MOST = 10


def check_tax_ids() -> None:
    """Ask about the tax ids that wait; a failure is logged, ends the round, and is tried again."""
    url, merchant = current_app.config["TAX_ID_CHECK_URL"], find_merchant(db.session())
    if url is None or merchant is None:
        return
    service, home, requester = HttpTaxIdService(url), merchant.country, _requester(merchant)
    db.session.rollback()
    for _ in range(_MOST):
        with committing(db.session):
            claimed = claim_check(db.session(), home=home, now=now())
        if claimed is None or not _ask(service, claimed, requester):
            return


def _ask(service: HttpTaxIdService, claimed: ClaimedCheck, requester: str | None) -> bool:
    """Whether the register gave an answer, which is then recorded."""
    try:
        answer = service.check(claimed.tax_id, requester=requester)
    except TaxIdServiceError as error:
        log_once(service.name, "a VAT number could not be checked", error)
        with committing(db.session):
            record_failure(db.session(), claimed, str(error), now=now())
        return False
    with committing(db.session):
        record_answer(
            db.session(),
            claimed,
            valid=answer.valid,
            consultation=answer.consultation,
            by=service.name,
            now=now(),
        )
    return True


def _requester(merchant: Merchant) -> str | None:
    """The merchant's own number, where the register knows its kind."""
    own = check_tax_id(merchant.country, merchant.vat_number)
    return own.normalised if own.valid and merchant.country in EUROPEAN else None
