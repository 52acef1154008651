"""Drafts: held, released and voided; what is issued or void stays as it is."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session
from support.accounts import NOW, Account
from support.billing import at, invoices, run_billing
from support.invoices import make_invoice

from pricingsite.services.invoices.drafts import DraftError, hold, release, void_draft


@pytest.fixture
def draft(session: Session, account: Account) -> Any:
    """October's bill in its grace."""
    account.subscribe("A", "X")
    run_billing(session, at(2026, 12, 1, 0))
    (draft,) = invoices(session)
    return draft


def test_a_draft_that_is_held_waits_until_it_is_released(session: Session, draft: Any) -> None:
    hold(session, draft, now=NOW)
    hold(session, draft, now=at(2026, 12, 1))
    assert draft.held_at == NOW
    assert run_billing(session, at(2026, 12, 3)).issued == 0
    release(session, invoices(session)[0])
    assert run_billing(session, at(2026, 12, 3)).issued == 1


def test_what_a_voided_draft_bills_is_never_billed_again(session: Session, draft: Any) -> None:
    void_draft(session, draft, " Test customer ", now=at(2026, 12, 1, 0))
    assert run_billing(session, at(2026, 12, 3)).issued == 0
    (found,) = invoices(session)
    assert (found.number, found.reason, len(found.lines)) == (None, "Test customer", 2)
    with pytest.raises(DraftError, match="is void"):
        release(session, found)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s, i: hold(s, i, now=NOW), "INV-000001 is issued, and stays as it is"),
        (release, "INV-000001 is issued"),
        (lambda s, i: void_draft(s, i, "No", now=NOW), "flask invoices credit takes it back"),
        (lambda s, i: void_draft(s, i, " ", now=NOW), "Say why it is void"),
    ],
)
def test_nothing_is_done_to_what_is_issued(
    session: Session, account: Account, act: Callable[..., Any], words: str
) -> None:
    invoice = make_invoice(session, account)
    with pytest.raises(DraftError, match=words):
        act(session, invoice)
