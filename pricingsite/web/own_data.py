"""All that is stored of a customer, as one ZIP file: for itself, and when it leaves.

The file is made piece by piece while it is sent: events are read page by page, and between two
pages no transaction is open and no connection is held.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pricingsite.database import db
from pricingsite.models.customers import Customer
from pricingsite.models.schedules import BillingSchedule
from pricingsite.services.access.members import members_of, open_invitations
from pricingsite.services.alerts.choices import alerts_of
from pricingsite.services.balances.settlements import settlements_of
from pricingsite.services.balances.standing import standings
from pricingsite.services.invoices.announcing import emails_about_invoices
from pricingsite.services.invoices.reading import invoices_of
from pricingsite.services.schedules.reading import schedules_of
from pricingsite.services.usage.own_usage import pages_of_days, pages_of_events
from pricingsite.web import csv, documents, invoice_documents
from pricingsite.web.clock import now
from pricingsite.web.customer_documents import customer_documents, schedule_document
from pricingsite.web.documents import Json
from pricingsite.web.merchant import merchant_today

# Text becomes small at once; more effort takes much longer for little.
_EFFORT = 1
# Made once: there may be millions of lines.
_one_line = json.JSONEncoder(ensure_ascii=False).encode


class _Outlet:
    """What the archive is written to, which cannot be rewound: its bytes are taken as they come."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._written = b"".join(self._written), []
        return taken


def own_data(customer_id: str) -> Iterator[bytes]:
    """The ZIP file of a customer's data, piece by piece."""
    outlet, made_at = _Outlet(), now()
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:
        for name, pieces in _files(customer_id):
            entry = ZipInfo(name, made_at.timetuple()[:6])
            entry.compress_type, entry._compresslevel = ZIP_DEFLATED, _EFFORT  # type: ignore[attr-defined]  # noqa: SLF001
            with archive.open(entry, "w", force_zip64=True) as file:
                for piece in pieces:
                    # What was read is in the piece: others have the connection meanwhile.
                    db.session.rollback()
                    file.write(piece.encode())
                    if taken := outlet.take():
                        yield taken
    yield outlet.take()


def _files(customer_id: str) -> Iterator[tuple[str, Iterable[str]]]:
    """Each file's name and its text, in pieces that are made when they are asked for."""
    yield "account.json", _json(_account, customer_id)
    yield "schedules.json", _json(_schedules, customer_id)
    yield "invoices.json", _json(_invoices, customer_id)
    yield "invoices.csv", _invoices_csv(customer_id)
    yield "payments.csv", _payments_csv(customer_id)
    yield "usage-by-day.csv", csv.usage_days_csv(pages_of_days(db.session(), customer_id))
    yield "usage-events.jsonl", _events(customer_id)
    yield "emails.json", _json(_emails, customer_id)


def _json(content: Any, customer_id: str) -> Iterator[str]:
    yield json.dumps(content(customer_id), ensure_ascii=False, indent=1) + "\n"


def _account(customer_id: str) -> Json:
    session = db.session()
    customer = session.get_one(Customer, customer_id)
    (document,) = customer_documents(session, [customer])
    return document | {
        "users": [
            {"email": one.email, "role": one.role, "since": one.since.isoformat()}
            for one in members_of(session, customer_id)
        ],
        "invitations": [
            {"email": one.email, "role": one.role, "invited_at": one.invited_at.isoformat()}
            for one in open_invitations(session, customer_id)
        ],
        "alerts": [
            {
                "kind": one.kind,
                "metric": one.metric_id or None,
                "value": documents.number(one.value),
            }
            for one in alerts_of(session, customer_id)
        ],
    }


def _schedules(customer_id: str) -> Json:
    schedules = schedules_of(db.session(), customer_id)
    return {
        "schedules": [schedule_document(one, now=now()) for one in schedules],
        "prices": [documents.price_terms(price.terms) for price in _prices(schedules)],
    }


def _prices(schedules: Iterable[BillingSchedule]) -> Iterable[Any]:
    found = (price for one in schedules for phase in one.phases for price in phase.prices)
    return {price.id: price for price in found}.values()


def _invoices(customer_id: str) -> list[Json]:
    found = invoices_of(db.session(), customer_id, with_lines=True)
    standing = standings(db.session(), found, today=merchant_today())
    return [invoice_documents.invoice(one, standing[one.id]) for one in found]


def _invoices_csv(customer_id: str) -> Iterator[str]:
    found = invoices_of(db.session(), customer_id)
    yield csv.invoices_csv(found, standings(db.session(), found, today=merchant_today()))


def _payments_csv(customer_id: str) -> Iterator[str]:
    yield csv.settlements_csv(settlements_of(db.session(), customer_id))


def _events(customer_id: str) -> Iterator[str]:
    """Events as they are sent here: one CloudEvent in JSON a line."""
    for page in pages_of_events(db.session(), customer_id):
        yield "".join(_event(row, customer_id) for row in page)


def _event(row: Any, customer_id: str) -> str:
    head = {
        "specversion": "1.0",
        "id": row.event_id,
        "source": row.source,
        "type": row.event_type,
        "subject": customer_id,
        "time": row.occurred_at.isoformat(),
        **({"voidedat": row.voided_at.isoformat()} if row.voided_at else {}),
    }
    # Its data is stored as JSON already.
    return f'{_one_line(head)[:-1]}, "data": {row.data}}}\n'


def _emails(customer_id: str) -> list[Json]:
    return [
        {
            "about": one.number,
            "to": one.recipient,
            "subject": one.subject,
            "written_at": one.written_at.isoformat(),
            "delivered_at": _moment(one.delivered_at),
        }
        for one in emails_about_invoices(db.session(), customer_id)
    ]


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
