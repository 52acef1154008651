"""What a customer still has to pay: its open invoices, each with where it stands."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from pricingsite.models.invoices import Invoice, InvoiceKind
from pricingsite.services.balances.standing import Standing, standings, unpaid_amount


def open_invoices(
    session: Session, customer_id: str, *, today: date
) -> tuple[tuple[Invoice, Standing], ...]:
    """The invoices of a customer that are not settled, the oldest first, without their lines.

    `today` is the merchant's date.
    """
    invoices = session.scalars(
        select(Invoice)
        .where(
            Invoice.customer_id == customer_id,
            Invoice.kind == InvoiceKind.INVOICE,
            Invoice.number.is_not(None),
            unpaid_amount() > 0,
        )
        .order_by(Invoice.issued_on, Invoice.id)
        .options(lazyload(Invoice.seller))
    ).all()
    if not invoices:
        return ()
    found = standings(session, invoices, today=today)
    return tuple((one, found[one.id]) for one in invoices if found[one.id].balance.minor > 0)
