"""Where invoices and credit notes stand, and what settled them, in words."""

_STATUSES = {
    "draft": "Draft",
    "issued": "To pay",
    "partly_paid": "Partly paid",
    "paid": "Paid",
    "void": "Cancelled",
    "written_off": "Written off",
}
_CREDIT_NOTE_STATUSES = {"issued": "Not used yet", "partly_paid": "Partly used", "paid": "Used"}
_SETTLEMENTS = {
    "payment": "Payment received",
    "credit": "Credit",
    "refund": "Refund",
    "write_off": "Written off",
}


def status_words(status: str, *, overdue: bool = False, is_credit_note: bool = False) -> str:
    """Where a document stands: `To pay`, `Overdue`, `Paid`."""
    if is_credit_note:
        return _CREDIT_NOTE_STATUSES.get(status, _STATUSES[status])
    return "Overdue" if overdue else _STATUSES[status]


def settlement_words(kind: str, *, to: bool = False, of: bool = False) -> str:
    """What changed a balance, before the number of the other document where there is one.

    `Payment received`; `Credit from` (`of` another document), `Credit used for` (`to` one).
    """
    link = " used for" if to else " from" if of else ""
    return f"{_SETTLEMENTS[kind]}{link}"
