"""The names that usage knows customers by: their ids, and aliases."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, bindparam, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from pricingsite.models.customers import Customer, CustomerAlias
from pricingsite.wording.characters import CONTROL, hidden_character

# What an event's subject and an address can say.
_MOST_CHARACTERS = 255
_DOTS = {".", ".."}
_NAMES = JSON().with_variant(JSONB(), "postgresql")


class AliasError(ValueError):
    """A name that a customer cannot have; the message says why."""


def add_alias(session: Session, customer: Customer, alias: str) -> None:
    """Let usage events name the customer by `alias`; `AliasError` when the name is taken."""
    if not alias.strip() or alias != alias.strip():
        raise AliasError("An alias has at least one character, and no space around it.")
    if len(alias) > _MOST_CHARACTERS:
        raise AliasError(f"An alias has at most {_MOST_CHARACTERS} characters.")
    if CONTROL.search(alias):
        raise AliasError("An alias has no line breaks or control characters.")
    if hidden := hidden_character(alias):
        raise AliasError(f"The alias contains a character that cannot be seen: {hidden}.")
    if alias in _DOTS:
        raise AliasError(f"{alias} cannot be an alias: in an address it means a folder.")
    taken = AliasError(f"The alias {alias} already names a customer.")
    if session.get(Customer, alias) is not None:
        raise taken
    try:
        with session.begin_nested():
            session.add(CustomerAlias(alias=alias, customer_id=customer.id))
    except IntegrityError:
        raise taken from None


def keep_aliases(session: Session, customer: Customer, kept: Collection[str]) -> None:
    """Take away a customer's aliases but for those that are kept; what they recorded stays."""
    others = CustomerAlias.customer_id == customer.id, CustomerAlias.alias.not_in(kept)
    session.execute(delete(CustomerAlias).where(*others))


def aliases_of(session: Session, customer_id: str) -> Sequence[str]:
    """The aliases of a customer, in the alphabet's order."""
    own = select(CustomerAlias.alias).where(CustomerAlias.customer_id == customer_id)
    return session.scalars(own.order_by(CustomerAlias.alias)).all()


def find_customer(session: Session, name: str) -> Customer | None:
    """The customer of an id or alias, if there is one."""
    # PostgreSQL cannot even be asked for a NUL.
    if "\0" in name:
        return None
    alias = select(CustomerAlias.customer_id).where(CustomerAlias.alias == name)
    known = select(Customer).where(or_(Customer.id == name, Customer.id == alias.scalar_subquery()))
    return session.scalar(known.order_by(Customer.id != name).limit(1))


def customers_of(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    """The customer id of each subject that names one, by its id or an alias."""
    names = set(subjects)
    if not names:
        return {}
    # Nearly always every name is an id, so that asking for the others brings no rows.
    others = set(session.scalars(_no_ids(session.get_bind().dialect.name), {"names": list(names)}))
    names -= others
    found = dict(zip(names, names, strict=True))
    if others:
        aliases = select(CustomerAlias.alias, CustomerAlias.customer_id)
        of_these = session.execute(aliases.where(is_any_of(session, CustomerAlias.alias, others)))
        found |= {row.alias: row.customer_id for row in of_these}
    return found


@cache
def _no_ids(dialect: str) -> Select[str]:
    """Those of the parameter `names` that are no customer's id."""
    name = each_given(dialect)
    is_id = select(Customer.id).where(Customer.id == name).correlate(name.table)
    return select(name).where(~is_id.exists())


def is_any_of(
    session: Session, column: InstrumentedAttribute[str], names: Iterable[str]
) -> ColumnElement[bool]:
    """Whether a column is one of the names; one parameter, however many they are."""
    return column.in_(select(each_of(session, names)))


def each_of(session: Session, names: Iterable[str]) -> ColumnElement[str]:
    """Names as the column of a table; one parameter, however many they are."""
    return _each(session.get_bind().dialect.name, literal(sorted(set(names)), _NAMES))


def each_given(dialect: str) -> ColumnElement[str]:
    """The same of the parameter `names`, a list, in a statement that is made once for a dialect.

    To put a statement together can take as long as to execute it.
    """
    return _each(dialect, bindparam("names", type_=_NAMES))


def _each(dialect: str, names: ColumnElement[Any]) -> ColumnElement[str]:
    # An array would be walked from its beginning for each row of a small table.
    read = func.json_each if dialect == "sqlite" else func.jsonb_array_elements_text
    return read(names).table_valued("value").c.value
