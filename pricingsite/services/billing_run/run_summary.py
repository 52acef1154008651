"""What a billing run did: counted for its last line, and for the merchant's e-mail."""

from collections import Counter
from dataclasses import dataclass, field

from pricingsite.pricing import Money


@dataclass(slots=True)
class RunSummary:
    """Counts of a run; `totals` and `credited` are gross by currency, a credit note's below zero.

    `reasons` counts those that wait by why they do, in words such as "held". `faults` are lines.
    """

    drafted: int = 0
    issued: int = 0
    credit_notes: int = 0
    waiting: int = 0
    totals: dict[str, Money] = field(default_factory=dict)
    credited: dict[str, Money] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"drafted {self.drafted}, issued {self.issued}, "
            f"credit notes {self.credit_notes}, waiting {self.waiting}"
        )

    @property
    def is_news(self) -> bool:
        """Whether anything was issued, or went wrong."""
        return bool(self.issued or self.credit_notes or self.faults)

    def add_invoices(self, count: int, gross: Money) -> None:
        """Count invoices that were issued, which come to so much."""
        self.issued += count
        _add(self.totals, gross)

    def add_credit_notes(self, count: int, gross: Money) -> None:
        """Count credit notes, which come to so much: below zero."""
        self.credit_notes += count
        _add(self.credited, gross)

    def add_waiting(self, reason: str, count: int = 1) -> None:
        """Count drafts that could not be issued yet, by their reason."""
        self.waiting += count
        self.reasons[reason] += count


def _add(totals: dict[str, Money], amount: Money) -> None:
    totals[amount.currency] = totals.get(amount.currency, Money.zero(amount.currency)) + amount
