"""By which day the law wants an invoice or a credit note issued.

By the merchant's country: the United Kingdom (HMRC Notice 700, 30 days) and, for services to a
business in another country of it, the European Union (Directive 2006/112, article 222). Elsewhere
nothing is known here.
"""

from datetime import date, timedelta

from pricingsite.services.customers.tax_ids import EUROPEAN

_BRITISH_DAYS = 30
_CREDIT_NOTE_DAYS = 14
_DAY_OF_NEXT_MONTH = 15
_MOST_DAYS_OF_A_MONTH = 31


def issue_by(
    merchant_country: str, customer_country: str, tax_point: date, *, credit_note: bool = False
) -> date | None:
    """The last day to issue a document; None where no rule is known.

    `tax_point` is the day of its charges; of a credit note, the day on which its cause was known.
    """
    british, european = merchant_country == "GB", merchant_country in EUROPEAN
    if credit_note:
        known = british or european
        return tax_point + timedelta(days=_CREDIT_NOTE_DAYS) if known else None
    if british:
        return tax_point + timedelta(days=_BRITISH_DAYS)
    if european and customer_country in EUROPEAN - {merchant_country}:
        next_month = tax_point.replace(day=1) + timedelta(days=_MOST_DAYS_OF_A_MONTH)
        return next_month.replace(day=_DAY_OF_NEXT_MONTH)
    return None
