from datetime import date

import pytest
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.invoices import FEE, make_credit_note, make_invoice, tier

from pricingsite.services.invoices.reading import find_invoice, invoices_of, list_invoices


def test_an_invoice_is_found_by_its_number_with_all_that_it_states(
    session: Session, account: Account
) -> None:
    make_invoice(session, account, lines=[FEE, tier("first 1,000 API calls", 1000, "0", "250")])
    session.commit()
    session.expunge_all()
    invoice = find_invoice(session, "INV-000001")
    assert invoice is not None
    assert [str(invoice.money(line.net)) for line in invoice.lines] == ["500.00", "250.00"]
    assert [str(invoice.money(part)) for part in (invoice.net, invoice.tax, invoice.gross)] == [
        "750.00",
        "150.00",
        "900.00",
    ]
    assert invoice.buyer["legal_name"] == invoice.customer.legal_name == "Ashdown Ltd"
    assert invoice.seller.details["legal_name"] == "Amara Software Ltd"
    assert invoice.corrects is None


def test_a_draft_is_found_by_its_id_and_an_invoice_is_not(
    session: Session, account: Account
) -> None:
    issued = make_invoice(session, account)
    draft = make_invoice(session, account, billed_on=date(2026, 12, 1), draft=True)
    assert find_invoice(session, str(draft.id)) is draft
    assert find_invoice(session, str(issued.id)) is None


@pytest.mark.parametrize("number", ["", "INV-9", "inv-000001", "٣", "9" * 40, "-1", "a\0b"])
def test_a_number_that_is_nobodys_finds_nothing(
    session: Session, account: Account, number: str
) -> None:
    make_invoice(session, account)
    assert find_invoice(session, number) is None


def test_a_customers_invoices_come_newest_first_without_voided_drafts(
    session: Session, account: Account
) -> None:
    first = make_invoice(session, account)
    second = make_invoice(session, account, billed_on=date(2026, 12, 1))
    note = make_credit_note(session, account, first, "65", issued_on=date(2027, 1, 1))
    draft = make_invoice(session, account, billed_on=date(2027, 2, 1), draft=True)
    make_invoice(session, account, billed_on=date(2027, 3, 1), draft=True, voided_at=NOW)
    mine = account.customer
    account.another()
    make_invoice(session, account)
    session.expire_all()
    found = invoices_of(session, mine.id, with_lines=True)
    assert list(found) == [draft, note, second, first]
    assert found[1].corrects is first
    assert [line.description for line in found[3].lines] == ["Platform access"]


def test_a_list_goes_by_number_however_long_it_is(session: Session, account: Account) -> None:
    make_invoice(session, account, billed_on=date(2026, 9, 1), draft=True)
    for month, number in ((10, "INV-1000000"), (11, "INV-999999"), (12, "INV-000007")):
        invoice = make_invoice(session, account, billed_on=date(2026, month, 1), number=number)
    make_credit_note(session, account, invoice, "1")
    listed = [one for some in list_invoices(session) for one in some]
    assert [one.number for one in listed] == [
        "INV-000007",
        "INV-999999",
        "INV-1000000",
        "CN-000001",
        None,
    ]
    [mine] = list_invoices(session, customer_id=account.customer.id)
    assert len(mine) == len(listed)
    assert not list(list_invoices(session, customer_id="cus_none"))
