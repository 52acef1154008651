"""Late usage on the next invoice of its schedule, in lines of their own."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.invoices import ChangedUsage
from pricingsite.pricing import local_date
from pricingsite.services.billing_run.drafting import BilledSchedule, Desk
from pricingsite.services.billing_run.late_usage import changes
from pricingsite.services.customers.aliases import is_any_of
from pricingsite.services.invoices.new_invoices import NewInvoice


class LateLines:
    """What customers used late, as lines that name its period; `late_days` is how late it may be.

    Who has an invoice with some is looked at again, so that what is billed then is forgotten.
    """

    def __init__(
        self, session: Session, desk: Desk, late_days: int, customer_ids: Iterable[str]
    ) -> None:
        self._session, self._desk, self._late_days = session, desk, late_days
        of_these = is_any_of(session, ChangedUsage.customer_id, customer_ids)
        rows = session.scalars(select(ChangedUsage).where(of_these))
        self._marks = {mark.customer_id: mark for mark in rows}
        # Of several drafts of a schedule, which are made again at once, one takes it.
        self._billed: set[str] = set()

    def add_to(self, invoice: NewInvoice, schedule: BilledSchedule, customer: Customer) -> None:
        """Add to the first invoice of a schedule what was used late, if it may be billed on it."""
        mark = self._marks.get(customer.id)
        if mark is None or schedule.next_invoice_on is None or schedule.id in self._billed:
            return
        if invoice.billed_on != schedule.agreement.next_due(schedule.next_invoice_on):
            return
        changed_on = local_date(mark.changed_at, schedule.agreement.zone)
        found = changes(
            self._session,
            self._desk,
            schedule,
            customer,
            since=mark.since,
            before=invoice.billed_on,
        )
        for change in found:
            is_billed = change.net > 0 and not change.is_too_late(changed_on, self._late_days)
            if is_billed:
                mark.examined_at = None
            if is_billed and change.treatment is invoice.tax_treatment:
                invoice.lines += change.lines
                invoice.add_up()
                self._billed.add(schedule.id)
