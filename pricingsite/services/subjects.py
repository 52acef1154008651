"""Whose events they are: subjects as customers, and customers held while their usage is written.

Recorders hold a customer together; who derives rollups from events holds it alone. All take their
customers in one order, so that nobody waits in a circle. SQLite has one writer anyway.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer, CustomerAlias

_CHUNK = 500


def customers_of(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    """The customer id of each subject that names one, by its id or an alias."""
    found: dict[str, str] = {}
    for some in _chunks(subjects):
        aliases = select(CustomerAlias.alias, CustomerAlias.customer_id)
        of_these = session.execute(aliases.where(CustomerAlias.alias.in_(some)))
        found |= {row.alias: row.customer_id for row in of_these}
        ids = session.scalars(select(Customer.id).where(Customer.id.in_(some)))
        found |= {customer_id: customer_id for customer_id in ids}
    return found


def hold(session: Session, customer_ids: Iterable[str], *, alone: bool) -> None:
    """Keep off, until the transaction ends, whoever wants a customer alone; or everybody else."""
    if session.get_bind().dialect.name == "sqlite":
        return
    for some in _chunks(customer_ids):
        rows = select(Customer.id).where(Customer.id.in_(some)).order_by(Customer.id)
        session.execute(rows.with_for_update(read=not alone, key_share=not alone)).all()


def _chunks(names: Iterable[str]) -> Iterator[Sequence[str]]:
    ordered = sorted(set(names))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
