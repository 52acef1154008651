"""What a company may have once: known by its tax id and its address's domain.

Mailboxes of a public mail service are companies of their own. What is stored are hashes; the
database decides who was first.
"""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pricingsite.models.customers import Customer
from pricingsite.models.orders import Order
from pricingsite.models.promotions import CompanyClaim

_PUBLIC_DOMAINS = frozenset(
    [
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk"),
        *("live.com", "live.co.uk", "msn.com", "yahoo.com", "yahoo.co.uk", "ymail.com"),
        *("icloud.com", "me.com", "mac.com", "aol.com", "proton.me", "protonmail.com", "pm.me"),
        *("gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "t-online.de"),
        *("freenet.de", "mail.com", "mail.ru", "yandex.ru", "yandex.com", "zoho.com"),
        *("fastmail.com", "hey.com", "tutanota.com", "tuta.com", "posteo.de", "mailbox.org"),
        *("orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "libero.it"),
        *("virgilio.it", "btinternet.com", "sky.com", "talktalk.net", "virginmedia.com"),
        *("comcast.net", "verizon.net", "att.net", "qq.com", "163.com", "126.com", "naver.com"),
    ]
)


def companies_of(customer: Customer) -> Sequence[str]:
    """What a customer's company is known by: hashes of its tax id and its domain."""
    names = [f"mail:{_domain_or_mailbox(customer.billing_email)}"]
    if customer.tax_id:
        letters = "".join(one for one in customer.tax_id.upper() if one.isalnum())
        names.append(f"tax:{customer.country}:{letters}")
    return [sha256(name.encode()).hexdigest() for name in names]


def _domain_or_mailbox(email: str) -> str:
    user, _, domain = email.lower().rpartition("@")
    if domain not in _PUBLIC_DOMAINS:
        return domain
    # Many mail servers ignore dots and what follows a plus sign.
    return f"{user.partition('+')[0].replace('.', '')}@{domain}"


def has_claimed(session: Session, subject: str, customer: Customer) -> bool:
    """Whether another customer of the same company has had something."""
    claimed = exists().where(
        CompanyClaim.subject == subject,
        CompanyClaim.company.in_(companies_of(customer)),
        CompanyClaim.customer_id != customer.id,
    )
    return bool(session.scalar(select(claimed)))


def is_claimed(session: Session, subject: str, customer: Customer) -> bool:
    """Whether a customer's company has had something, by this customer or another."""
    of_company = CompanyClaim.company.in_(companies_of(customer))
    claimed = exists().where(CompanyClaim.subject == subject, of_company)
    return bool(session.scalar(select(claimed)))


def claim_once(session: Session, subject: str, customer: Customer) -> bool:
    """Whether a customer's company has something now that no other customer of it has had."""
    rows = [
        CompanyClaim(subject=subject, company=company, customer_id=customer.id)
        for company in companies_of(customer)
    ]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError:
        return False
    return True


def give_up(session: Session, subject: str, customer: Customer) -> None:
    """Let a customer's company have something another time: it has not had it after all."""
    own = CompanyClaim.subject == subject, CompanyClaim.customer_id == customer.id
    session.execute(delete(CompanyClaim).where(*own))


def is_known(session: Session, customer: Customer) -> bool:
    """Whether there is another customer of the same company, with an address that is proven."""
    domain = _domain_or_mailbox(customer.billing_email)
    ending = domain if "@" in domain else f"@{domain}"
    same = [Customer.billing_email.iendswith(ending, autoescape=True)]
    if customer.tax_id:
        same.append(Customer.tax_id == customer.tax_id)
    statement = (
        select(Customer.id)
        .outerjoin(Order, Order.customer_id == Customer.id)
        .where(
            Customer.id != customer.id,
            or_(*same),
            or_(Customer.verified_at.is_not(None), Order.reference.is_(None)),
        )
        .limit(1)
    )
    return session.scalar(statement) is not None
