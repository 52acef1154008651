"""E-invoices keep the official rules, and Peppol's, and say what their invoice says."""

import socket
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from sqlalchemy.orm import Session
from support.accounts import Account, noon
from support.billing import at, run_billing
from support.changing import IN_ADVANCE, Subscriber, fixed
from support.rules import broken_rules, check_schema
from support.snapshots import DUTCH, KINDS, calls, credit_note, draft, line, snapshot, tiers

from pricingsite.integrations.e_invoice import (
    EInvoiceError,
    EInvoiceUnavailableError,
    can_make_e_invoice,
    cii_of,
    ubl_of,
)
from pricingsite.integrations.pdf import pdf_of
from pricingsite.models.invoices import Invoice
from pricingsite.pricing import TaxTreatment
from pricingsite.services.changes.timing import When
from pricingsite.services.invoices.reading import find_invoice
from pricingsite.services.usage.events import EventName
from pricingsite.services.usage.voiding import void

APRIL = date(2027, 4, 1)
MAKERS = {"cii": cii_of, "ubl": ubl_of}
NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


class Ubl:
    """An e-invoice in UBL, to ask for its parts."""

    def __init__(self, invoice: Invoice) -> None:
        self.root = etree.fromstring(ubl_of(invoice))
        self.lines = self.all("//cac:InvoiceLine|//cac:CreditNoteLine")

    def all(self, path: str, of: Any = None) -> list[Any]:
        found: list[Any] = (self.root if of is None else of).xpath(path, namespaces=NAMES)
        return found

    def texts(self, path: str, of: Any = None) -> list[str]:
        return [one.text for one in self.all(path, of)]

    def text(self, path: str, of: Any = None) -> str:
        (text,) = self.texts(path, of)
        return text

    def amount(self, path: str, of: Any = None) -> Decimal:
        return sum(map(Decimal, self.texts(path, of)), Decimal(0))


@pytest.mark.parametrize("syntax", MAKERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_invoice_keeps_the_official_rules(kind: str, syntax: str) -> None:
    xml = MAKERS[syntax](KINDS[kind]())
    check_schema(xml)
    assert broken_rules(xml, syntax) == []


def test_what_billing_runs_make_keeps_the_official_rules(session: Session) -> None:
    """Two months, usage that came late, and a correction of it; all as a PDF, too."""
    account = Account(session)
    account.subscribe("A", "X", start=date(2026, 6, 16), anchor=date(2026, 6, 1))
    account.use(1500, at=noon(2026, 6, 20))
    run_billing(session, at(2026, 7, 1))
    account.use_late(100, at=noon(2026, 6, 30), now=at(2026, 7, 10))
    run_billing(session, at(2026, 8, 1))
    name = EventName(subject=account.customer.id, source="/gateway", event_id="e1")
    void(session, [name], now=at(2026, 8, 5))
    run_billing(session, at(2026, 8, 6))
    made = [find_invoice(session, number) for number in ("INV-000001", "INV-000002", "CN-000001")]
    for invoice in made:
        assert invoice is not None
        assert can_make_e_invoice(invoice)
        for syntax, make in MAKERS.items():
            xml = make(invoice)
            check_schema(xml)
            assert broken_rules(xml, syntax) == []
        assert pdf_of(invoice).startswith(b"%PDF-1.7")


def test_what_changes_of_plan_make_keeps_the_official_rules(session: Session) -> None:
    """The difference of an upgrade, more seats, a month that is closed; a credit of the rest."""
    subscriber = Subscriber(session)
    for n, amount in enumerate(("20", "50")):
        subscriber.price(f"p{amount}", **IN_ADVANCE, **fixed(amount))
        subscriber.plan(f"plan{amount}", f"p{amount}", position=20 + n)
    seats = {"per": "seat", "per_plural": "seats"}
    subscriber.price("seat", **IN_ADVANCE, **fixed("10"), **seats)
    subscriber.begin("p20", start=APRIL).bill(APRIL).on(date(2027, 4, 16))
    subscriber.choose("plan50")
    subscriber.bill(date(2027, 4, 16)).on(date(2027, 4, 18))
    subscriber.agree("p50", "seat", on=When.NOW)
    subscriber.bill(date(2027, 4, 18)).on(date(2027, 4, 20))
    subscriber.agree("p50", ("seat", 4), on=When.NOW)
    subscriber.bill(date(2027, 4, 20)).on(date(2027, 4, 25)).end(gives_back=True)
    assert [net for _, net, *_ in subscriber.invoices] == [
        "20.00",
        "15.00",
        "4.33",
        "11.00",
        "-6.00",
        "-2.00",
        "-10.00",
    ]
    for invoice in subscriber.documents:
        read = find_invoice(session, invoice.number or "")
        assert read is not None
        for syntax, make in MAKERS.items():
            xml = make(read)
            check_schema(xml)
            assert broken_rules(xml, syntax) == []
        assert pdf_of(read).startswith(b"%PDF-1.7")


@pytest.mark.parametrize("syntax", MAKERS)
def test_the_rules_would_find_a_total_that_is_wrong(syntax: str) -> None:
    invoice = snapshot()
    invoice.gross += 1
    assert "BR-CO-15" in " ".join(broken_rules(MAKERS[syntax](invoice), syntax))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_invoice_keeps_peppols_own_rules(kind: str) -> None:
    ubl = Ubl(KINDS[kind]())
    # R002: one note at most. R003: a buyer reference or an order.
    assert len(ubl.all("/*/cbc:Note")) <= 1
    assert ubl.text("/*/cbc:BuyerReference|/*/cac:OrderReference/cbc:ID")
    # R005: a currency of its own for VAT, or none. R010, R020: both can be reached.
    assert ubl.texts("/*/cbc:TaxCurrencyCode") != [ubl.text("/*/cbc:DocumentCurrencyCode")]
    for party in ("Supplier", "Customer"):
        endpoint = f"/*/cac:Accounting{party}Party/cac:Party/cbc:EndpointID[@schemeID='EM']"
        assert "@" in ubl.text(endpoint)
    # R110, R111: the days of a line lie within the invoice's.
    start, end = (ubl.text(f"/*/cac:InvoicePeriod/cbc:{day}Date") for day in ("Start", "End"))
    for one in ubl.lines:
        assert start <= ubl.text("cac:InvoicePeriod/cbc:StartDate", one)
        assert ubl.text("cac:InvoicePeriod/cbc:EndDate", one) <= end
        assert off_by(ubl, one) <= Decimal("0.02")


def off_by(ubl: Ubl, one: Any) -> Decimal:
    """R120: how far a line's net is from quantity x price + charges - allowances."""
    quantity = ubl.amount("cbc:InvoicedQuantity|cbc:CreditedQuantity", one)
    price = ubl.amount("cac:Price/cbc:PriceAmount", one)
    charges, allowances = (
        ubl.amount(f"cac:AllowanceCharge[cbc:ChargeIndicator='{is_charge}']/cbc:Amount", one)
        for is_charge in ("true", "false")
    )
    assert price >= 0
    return abs(ubl.amount("cbc:LineExtensionAmount", one) - quantity * price - charges + allowances)


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_the_invoices_figures(kind: str) -> None:
    invoice = KINDS[kind]()
    sign = -1 if invoice.is_credit_note else 1
    ubl = Ubl(invoice)
    currency = f"[@currencyID='{invoice.currency}']"
    told = [
        *(ubl.amount("cbc:LineExtensionAmount", one) for one in ubl.lines),
        ubl.amount("/*/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
        ubl.amount(f"/*/cac:TaxTotal/cbc:TaxAmount{currency}"),
        ubl.amount("/*/cac:LegalMonetaryTotal/cbc:PayableAmount"),
    ]
    minors = [*(row.net for row in invoice.lines), invoice.net, invoice.tax, invoice.gross]
    assert told == [sign * invoice.money(minor).amount for minor in minors]
    assert [ubl.text("cac:Item/cbc:Name", one) for one in ubl.lines] == [
        row.description for row in invoice.lines
    ]


def priced(invoice: Invoice, position: int) -> list[str]:
    """A line's quantity, price, and what is charged or allowed besides."""
    ubl = Ubl(invoice)
    one = ubl.lines[position]
    return [
        ubl.text("cbc:InvoicedQuantity|cbc:CreditedQuantity", one),
        ubl.text("cac:Price/cbc:PriceAmount", one),
        *ubl.texts("cac:AllowanceCharge/cbc:ChargeIndicator|cac:AllowanceCharge/cbc:Amount", one),
    ]


@pytest.mark.parametrize(
    ("kind", "position", "said"),
    [
        # A tier's flat fee is a charge of its line.
        ("tier with a flat fee", 1, ["1000", "0", "true", "250.00"]),
        ("tier with a flat fee", 2, ["500", "0.45"]),
        # A fee that days scale is one at what it comes to; its units stay as they are.
        ("prorated fees", 0, ["1", "309.68"]),
        ("prorated fees", 2, ["1000", "0.333", "true", "129.03"]),
        # What was billed before is a quantity of -1: no price is negative.
        ("late usage", 3, ["-1", "250"]),
        ("discount", 3, ["-1", "195"]),
        # A credit note takes back, so what it charges again is negative there.
        ("credit note", 0, ["1", "500"]),
        ("credit note for usage", 0, ["-1000", "0", "false", "250.00"]),
        ("credit note for usage", 2, ["1", "250"]),
        # 1,001 x 0.45 is 450.45, and there is no half of a yen.
        ("yen", 1, ["1", "450"]),
        ("tiny price", 0, ["123456.789", "0.000000000001"]),
    ],
)
def test_lines_are_priced_so_that_they_add_up(kind: str, position: int, said: list[str]) -> None:
    assert priced(KINDS[kind](), position) == said


def test_a_credit_note_names_what_it_corrects_and_why() -> None:
    ubl = Ubl(KINDS["credit note"]())
    assert etree.QName(ubl.root).localname == "CreditNote"
    assert ubl.text("/*/cbc:CreditNoteTypeCode") == "381"
    corrected = "/*/cac:BillingReference/cac:InvoiceDocumentReference"
    assert ubl.text(f"{corrected}/cbc:ID") == "INV-000001"
    assert ubl.text(f"{corrected}/cbc:IssueDate") == "2026-11-01"
    assert ubl.text("/*/cbc:Note") == "100 API calls of October were voided."


def test_a_purchase_order_is_named_and_otherwise_the_customer() -> None:
    ordered, other = Ubl(KINDS["purchase order"]()), Ubl(snapshot())
    assert ordered.text("/*/cac:OrderReference/cbc:ID") == "PO-4711"
    assert other.text("/*/cbc:BuyerReference") == "cus_ashdown"


def test_it_says_that_it_is_peppols() -> None:
    ubl = Ubl(snapshot())
    assert ubl.text("/*/cbc:CustomizationID").endswith("poacc:billing:3.0")
    assert ubl.text("/*/cbc:ProfileID") == "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


@pytest.mark.parametrize(
    ("kind", "categories", "numbers"),
    [
        ("plain", {"S"}, ["GB999999973"]),
        ("reverse charge", {"AE"}, ["GB999999973", "NL123456782B90"]),
        (
            "reverse charge with an earlier period's VAT",
            {"AE", "S"},
            ["GB999999973", "NL123456782B90"],
        ),
        ("outside scope", {"O"}, []),
        ("no tax", {"O"}, []),
        ("zero rate", {"Z"}, ["GB999999973"]),
    ],
)
def test_the_treatment_of_vat_is_a_category_and_says_who_is_known_by_what(
    kind: str, categories: set[str], numbers: list[str]
) -> None:
    ubl = Ubl(KINDS[kind]())
    assert set(ubl.texts("//cac:TaxSubtotal/cac:TaxCategory/cbc:ID")) == categories
    assert ubl.texts("//cac:PartyTaxScheme/cbc:CompanyID") == numbers


def test_vat_in_the_merchants_currency_stands_beside_that_in_the_invoices() -> None:
    ubl = Ubl(KINDS["another currency"]())
    assert ubl.texts("/*/cac:TaxTotal/cbc:TaxAmount") == ["195.00", "154.05"]
    assert ubl.text("/*/cbc:TaxCurrencyCode") == "GBP"


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        ("bank account", ["GB33BUKB20201555555555", "BUKBGB22"]),
        ("sort code", ["55555555", "20-20-15"]),
        ("plain", []),
    ],
)
def test_a_bank_account_is_named_where_the_merchant_has_given_one(
    kind: str, account: list[str]
) -> None:
    ubl = Ubl(KINDS[kind]())
    assert ubl.texts("//cac:PayeeFinancialAccount//cbc:ID") == account
    assert ubl.texts("//cac:PaymentMeans/cbc:PaymentMeansCode") == ["30"] * bool(account)


@pytest.mark.parametrize(
    ("invoice", "why"),
    [
        (draft, "A draft is no e-invoice: it has no number yet."),
        (
            lambda: snapshot(line(unit_price="1.234", currency="KWD"), currency="KWD"),
            "E-invoices know amounts of two decimals at most.",
        ),
        (
            lambda: snapshot(seller={"vat_number": None}),
            "An e-invoice with tax needs the seller's VAT number.",
        ),
        (
            lambda: snapshot(
                *tiers(tax_rate=Decimal(0)),
                tax_treatment=TaxTreatment.REVERSE_CHARGE,
                buyer=DUTCH | {"tax_id": "none"},
            ),
            "An e-invoice with reverse charge needs the customer's VAT number.",
        ),
        (
            lambda: snapshot(
                line(tax_rate=Decimal(0)), line(), tax_treatment=TaxTreatment.OUTSIDE_SCOPE
            ),
            "An e-invoice is outside the scope of the tax as a whole, or not at all.",
        ),
    ],
)
def test_what_the_norm_cannot_say_is_refused_with_the_reason(invoice: Any, why: str) -> None:
    assert not can_make_e_invoice(invoice())
    for make in MAKERS.values():
        with pytest.raises(EInvoiceError) as refused:
            make(invoice())
        assert str(refused.value) == why


def test_characters_that_xml_cannot_hold_do_not_stop_it() -> None:
    ubl = Ubl(snapshot(calls("API\x0bcalls \ufffe", "1", "1"), buyer={"legal_name": "A & <B>"}))
    assert ubl.text("//cac:Item/cbc:Name") == "AI add-on: API\ufffdcalls \ufffd"
    name = "/*/cac:AccountingCustomerParty//cbc:RegistrationName"
    assert ubl.text(name) == "A & <B>"


def test_nothing_is_sent_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("it opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for make in MAKERS.values():
        assert make(snapshot())


def test_without_the_library_the_site_runs_and_offers_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert can_make_e_invoice(snapshot())
    assert can_make_e_invoice(credit_note(line()))
    monkeypatch.setitem(sys.modules, "facturx", None)
    assert not can_make_e_invoice(snapshot())
    with pytest.raises(EInvoiceUnavailableError):
        ubl_of(snapshot())
