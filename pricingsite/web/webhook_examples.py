"""An event of each type, to show: rows that were never stored, through the documents of deliveries.

They are the worked example of design.md §1: Ashdown Ltd on Scale, with 1,500 API calls.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from pricingsite.models.alerts import Alert
from pricingsite.models.customers import Customer
from pricingsite.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceSeller
from pricingsite.models.schedules import BillingSchedule, Phase, PhasePrice
from pricingsite.pricing import (
    Bill,
    BillingFrequency,
    BillingType,
    LineItem,
    LineKind,
    Period,
    PriceTerms,
    Service,
    TaxTreatment,
    TermsLine,
    Unit,
    make_bill,
    structure_from_dict,
)
from pricingsite.services.balances.standing import Settled, standing_of
from pricingsite.services.messages.webhooks import EventType
from pricingsite.services.schedules.entitlements import (
    EntitledProduct,
    Entitlements,
    EntitlementStatus,
)
from pricingsite.web.customer_documents import (
    customer_document,
    entitlements_document,
    schedule_document,
)
from pricingsite.web.documents import Json
from pricingsite.web.webhook_documents import alert_document, event_document, invoice_document
from pricingsite.wording.bills import line_description

_CUSTOMER_ID = "cus_7k3m9qx2p0v4t8ws"
_SCHEDULE_ID = "sch_4n8x2k7q9v3t1m6z"
_ORDERED_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
_CHANGED_AT = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
_VERIFIED_AT = datetime(2026, 11, 1, 9, 41, tzinfo=UTC)
_CHANGED_ON, _DECEMBER = date(2026, 11, 23), date(2026, 12, 1)
_NOVEMBER = Period(date(2026, 11, 1), _DECEMBER)
_ENDED_AT = datetime(2026, 12, 1, 0, 0, 5, tzinfo=UTC)
_ISSUED_AT = datetime(2026, 12, 1, 1, 0, 4, tzinfo=UTC)
_PAID_AT = datetime(2026, 12, 14, 10, 12, tzinfo=UTC)
_DUE_ON = date(2026, 12, 31)
_TIERS = [
    {"upper_bound": "1000", "flat_fee": "250"},
    {"upper_bound": "2500", "unit_price": "0.45"},
    {"unit_price": "0.65"},
]
_ADDRESS = {
    "legal_name": "Ashdown Ltd",
    "contact_name": "Ada Byron",
    "billing_email": "ada@ashdown.example",
    "line1": "1 Analytical Row",
    "town": "London",
    "postcode": "E1 6AN",
    "country": "GB",
}
_BUYER = {"id": _CUSTOMER_ID} | _ADDRESS
_SELLER = {
    "name": "Amara",
    "legal_name": "Amara Software Ltd",
    "email": "billing@amara.example",
    "country": "GB",
    "vat_number": "GB999999973",
    "tax_name": "VAT",
}
_OVERDUE_AT = datetime(2027, 1, 1, 0, 0, 6, tzinfo=UTC)


# What is said, and when, by its type.
_Said = Mapping[EventType, tuple[datetime, Json | None]]


def webhook_examples() -> dict[EventType, Json]:
    """What is sent of each type, in the order of the types."""
    said = {**_customers(), **_schedules(), **_entitled(), **_invoices(), **_reached()}
    return {one: event_document(one.value, *said[one]) for one in EventType}


def _customers() -> _Said:
    of = Customer(
        id=_CUSTOMER_ID,
        created_at=_ORDERED_AT,
        **_ADDRESS,
    )
    created = customer_document(of)
    of.verified_at = _VERIFIED_AT
    verified = customer_document(of)
    of.billing_email = "bills@ashdown.example"
    updated = customer_document(
        of,
        aliases=["team-42"],
        copies=["accounts@ashdown.example"],
        purchase_order="PO-1842",
    )
    return {
        EventType.CUSTOMER_CREATED: (_ORDERED_AT, created),
        EventType.CUSTOMER_VERIFIED: (_VERIFIED_AT, verified),
        EventType.CUSTOMER_UPDATED: (_CHANGED_AT, updated),
    }


def _schedules() -> _Said:
    created, both = [_phase("scale", "A", "X")], ("scale", "A", "X")
    to_come = [_phase(*both, end=_DECEMBER), _phase("start", "A", start=_DECEMBER)]
    at_once = [_phase("start", "A", end=_CHANGED_ON), _phase(*both, start=_CHANGED_ON)]
    return {
        EventType.SCHEDULE_CREATED: _schedule(_ORDERED_AT, created),
        EventType.SCHEDULE_CHANGED: _schedule(_CHANGED_AT, at_once),
        EventType.SCHEDULE_CHANGE_SCHEDULED: _schedule(_CHANGED_AT, to_come),
        EventType.SCHEDULE_CHANGE_UNDONE: _schedule(_CHANGED_AT, created),
        EventType.SCHEDULE_ENDED: _schedule(
            _ENDED_AT, [_phase(*both, end=_DECEMBER)], end=_DECEMBER
        ),
    }


def _schedule(
    at: datetime, phases: Sequence[Phase], *, end: date | None = None
) -> tuple[datetime, Json]:
    of = BillingSchedule(
        id=_SCHEDULE_ID,
        customer_id=_CUSTOMER_ID,
        currency="GBP",
        timezone="Europe/London",
        start_date=_NOVEMBER.start,
        end_date=end,
        anchor_date=_NOVEMBER.start,
        created_at=_ORDERED_AT,
        phases=list(phases),
    )
    return at, schedule_document(of, now=at)


def _phase(
    plan_id: str, *price_ids: str, start: date = _NOVEMBER.start, end: date | None = None
) -> Phase:
    return Phase(
        start_date=start,
        end_date=end,
        trial=False,
        plan_id=plan_id,
        phase_prices=[PhasePrice(price_id=one) for one in price_ids],
    )


def _entitled() -> _Said:
    of = Entitlements(
        customer_id=_CUSTOMER_ID,
        status=EntitlementStatus.ACTIVE,
        as_of=_VERIFIED_AT,
        products=(
            EntitledProduct("platform", "Platform access", None),
            EntitledProduct("ai-add-on", "AI add-on", None),
        ),
    )
    return {EventType.ENTITLEMENTS_CHANGED: (_VERIFIED_AT, entitlements_document(of))}


def _invoices() -> _Said:
    of = _invoice("INV-000001", 1)
    # It takes the whole invoice back.
    note = _invoice("CN-000001", -1, kind=InvoiceKind.CREDIT_NOTE, reason="The company has moved.")
    note.corrects = of
    unpaid, paid = Settled(), Settled(paid=of.gross)
    credited = Settled(credited=of.gross, corrected=of.gross, has_credit_notes=True)
    return {
        EventType.INVOICE_ISSUED: _standing(of, unpaid, _ISSUED_AT),
        EventType.INVOICE_PAID: _standing(of, paid, _PAID_AT),
        EventType.INVOICE_OVERDUE: _standing(of, unpaid, _OVERDUE_AT),
        EventType.INVOICE_VOIDED: _standing(of, credited, _PAID_AT),
        EventType.CREDIT_NOTE_ISSUED: _standing(note, Settled(credited=-of.gross), _PAID_AT),
    }


def _standing(of: Invoice, sums: Settled, at: datetime) -> tuple[datetime, Json]:
    return at, invoice_document(of, standing_of(of, sums, at.date()))


def _invoice(number: str, sign: int, **columns: Any) -> Invoice:
    """The worked example's bill, billed or taken back."""
    bill = _bill()
    at = _ISSUED_AT if sign > 0 else _PAID_AT
    columns = {"kind": InvoiceKind.INVOICE, "id": 1 if sign > 0 else 2} | columns
    of = Invoice(
        number=number,
        customer_id=_CUSTOMER_ID,
        currency=bill.currency,
        period_start=bill.period.start,
        period_end=bill.period.end,
        net=sign * bill.net.minor,
        tax=sign * bill.tax.minor,
        gross=sign * bill.gross.minor,
        tax_lines=[
            [str(one.rate), str(sign * one.net.minor), str(sign * one.tax.minor)]
            for one in bill.taxes
        ],
        tax_treatment=TaxTreatment.STANDARD,
        tax_point=at.date(),
        issued_on=at.date(),
        due_on=_DUE_ON if sign > 0 else at.date(),
        seller=InvoiceSeller(details=_SELLER),
        buyer=_BUYER,
        **columns,
    )
    set_committed_value(of, "lines", [_line(one, sign) for one in bill.every_line])
    return of


def _line(of: LineItem | TermsLine, sign: int) -> InvoiceLine:
    """A line as it is billed, or as a credit note takes it back: in one."""
    is_back = sign < 0
    return InvoiceLine(
        price_id=of.price_id,
        kind=LineKind.ADJUSTMENT if is_back else of.kind,
        description=line_description(of),
        period_start=of.period.start,
        period_end=of.period.end,
        quantity=Decimal(-1) if is_back else of.quantity,
        unit_price=of.net.amount if is_back else of.unit_price,
        flat_fee=None if is_back else of.flat_fee,
        tax_rate=of.tax_rate,
        net=sign * of.net.minor,
    )


def _bill() -> Bill:
    monthly: dict[str, Any] = {
        "currency": "GBP",
        "billing_frequency": BillingFrequency.MONTHLY,
        "billing_type": BillingType.IN_ARREARS,
    }
    fee = PriceTerms(
        id="A",
        name="Platform access",
        structure=structure_from_dict({"model": "fixed", "amount": "500"}),
        **monthly,
    )
    usage = PriceTerms(
        id="X",
        name="AI add-on",
        structure=structure_from_dict({"model": "graduated", "tiers": _TIERS}),
        metric_id="api_calls",
        unit=Unit("API call", "API calls", whole=True),
        **monthly,
    )
    used = [(fee, None), (usage, Decimal(1_500))]
    return make_bill(
        [(Service(price, _NOVEMBER, _NOVEMBER), quantity) for price, quantity in used],
        period=_NOVEMBER,
        currency="GBP",
        tax_rate=Decimal("0.20"),
    )


def _reached() -> _Said:
    of = Alert(
        customer_id=_CUSTOMER_ID,
        kind="budget",
        metric_id="",
        value=Decimal(925),
        reached_in=_NOVEMBER.start,
        reached_at=_CHANGED_AT,
    )
    return {EventType.ALERT_REACHED: (_CHANGED_AT, alert_document(of))}
