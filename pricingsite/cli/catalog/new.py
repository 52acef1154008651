"""`flask catalog new FILE`: a first catalog by a few questions, each with a default."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from errno import ENOTDIR
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from babel.numbers import get_territory_currencies
from flask.cli import with_appcontext

from pricingsite.pricing import BillingFrequency, BillingType, local_date
from pricingsite.services.catalog.bank import iban
from pricingsite.services.catalog.currencies import tender_on
from pricingsite.services.catalog.plan_tables import tax_name
from pricingsite.services.catalog.reading import read_catalog
from pricingsite.services.catalog.starter import Answers, Charge, starter
from pricingsite.services.catalog.toml_tables import Problems, Read
from pricingsite.services.catalog.toml_values import (
    country_code,
    currency,
    decimal,
    email,
    text,
    timezone,
)
from pricingsite.services.catalog.writing import id_for
from pricingsite.web.clock import now
from pricingsite.wording.quantities import sentence_case

_amount = decimal()
_quantity = decimal(places=6)
# What sales are taxed by where that is not VAT, and its usual rate in per cent.
_TAXES = {
    "AU": ("GST", "10"),
    "CA": ("GST", "5"),
    "IN": ("GST", "18"),
    "JP": ("consumption tax", "10"),
    "NZ": ("GST", "15"),
    "SG": ("GST", "9"),
    "US": ("sales tax", "0"),
}


@click.command("new")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def new(file: Path) -> None:
    """Ask a few questions, and write a first catalog to FILE. A file that is there stays."""
    refuse_to_overwrite(file)
    click.echo("Press Enter to take the answer in brackets. All of it can be changed in the file.")
    answers = _ask_all(id_for(file.stem).replace("-", " ").title())
    written = starter(answers, file=file.name, today=_today(answers.timezone))
    # Whatever was answered, the file is one that `catalog check` accepts.
    read_catalog(written.encode())
    write_new(file, written)
    click.echo(f"Wrote {file}. See what it comes to: flask catalog check {file}")


def refuse_to_overwrite(file: Path) -> None:
    """Stop where a new file cannot be, before anybody has answered anything."""
    with _writing(file):
        if file.exists():
            raise FileExistsError
        if not file.parent.is_dir():
            raise NotADirectoryError(ENOTDIR, f"there is no folder {file.parent}")


def write_new(file: Path, written: str) -> None:
    """Write a file that is not there yet."""
    with _writing(file), file.open("x", encoding="utf-8", newline="\n") as out:
        out.write(written)


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    """Say in words why a new file cannot be written."""
    try:
        yield
    except FileExistsError:
        raise click.ClickException(
            f"{file} is there already. Name a new file, or move that one away."
        ) from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None


def _ask_all(name: str) -> Answers:
    name = _ask("Company", text, name)
    legal_name = _ask("Its legal name", text, name)
    address = _ask("E-mail for customers", email, f"billing@{id_for(name)}.example")
    country = _ask("Country, by its ISO 3166 code", country_code, "GB", str.upper)
    zone = _ask("Time zone", timezone, _zone_of(country))
    today = _today(zone)
    money = _ask("Currency", _tender(today), _currency_of(country, today), str.upper)
    tax, percent = _TAXES.get(country, ("VAT", "20"))
    tax = _ask("What your tax on sales is called", tax_name, tax)
    percent = _ask(
        f"{sentence_case(tax)} in per cent; 0 for none, or where it depends on the customer",
        decimal(at_most=100, places=10),
        percent,
    )
    account = _ask("IBAN of your bank account; leave empty if you have none", _or_none(iban), "")
    plan = _ask("First plan", text, "Basic")
    fee = _ask(f"Its fee in {money}, without {tax}", _amount, "50")
    frequency = _choose("How often it is billed", BillingFrequency, BillingFrequency.MONTHLY)
    type_ = _choose(
        "Billed in arrears (at a period's end) or in advance (at its start)",
        BillingType,
        BillingType.IN_ADVANCE,
    )
    charged = click.confirm("Is usage charged too?", default=False)
    return Answers(
        name=name,
        legal_name=legal_name,
        email=address,
        country=country,
        timezone=zone,
        currency=money,
        tax=tax,
        tax_percent=percent,
        iban=account,
        plan=plan,
        fee=fee,
        billing_frequency=frequency,
        billing_type=type_,
        usage=_ask_usage(money) if charged else None,
    )


def _ask_usage(money: str) -> Charge:
    unit = _ask("What is counted: the name of one", text, "API call")
    plural = _ask("The name of several", text, f"{unit}s")
    counted = click.confirm(f"Is each event one {unit}?", default=True)
    by = None if counted else _ask("The property that says how many it is", text, "quantity")
    how = _choose("How it is charged", _STRUCTURES, "each")
    return Charge(
        unit=unit, unit_plural=plural, property=by, structure=_STRUCTURES[how](unit, plural, money)
    )


def _each(unit: str, _plural: str, money: str) -> Mapping[str, Any]:
    price = _ask(f"What one {unit} costs, in {money}", _amount, "0.01")
    return {"model": "linear", "unit_price": price}


def _allowance(unit: str, plural: str, money: str) -> Mapping[str, Any]:
    included = _ask(f"How many {plural} are included", _above_zero(_quantity), "1000")
    price = _ask(f"What each further {unit} costs, in {money}", _amount, "0.01")
    tiers = [{"upper_bound": included}, {"unit_price": price}]
    return {"model": "graduated", "tiers": tiers}


def _packages(_unit: str, plural: str, money: str) -> Mapping[str, Any]:
    size = _ask(f"How many {plural} are in a package", _above_zero(_quantity), "1000")
    price = _ask(f"What a package costs, in {money}", _amount, "10")
    return {"model": "package", "package_size": size, "package_price": price}


def _steps(unit: str, plural: str, money: str) -> Mapping[str, Any]:
    bound = _ask(f"Up to how many {plural} the first price is for", _above_zero(_quantity), "1000")
    first = _ask(f"What each of those costs, in {money}", _amount, "0.02")
    then = _ask(f"What each further {unit} costs, in {money}", _amount, "0.01")
    tiers = [{"upper_bound": bound, "unit_price": first}, {"unit_price": then}]
    return {"model": "graduated", "tiers": tiers}


_STRUCTURES: Mapping[str, Callable[[str, str, str], Mapping[str, Any]]] = {
    "each": _each,
    "after an allowance": _allowance,
    "in packages": _packages,
    "in steps": _steps,
}


def _ask(words: str, read: Read, default: str, shape: Callable[[str], str] = str.strip) -> str:
    """An answer that the catalog's own reader takes; another is told what is wrong with it."""

    def check(answer: str) -> str:
        problems, shaped = Problems(), shape(answer.strip())
        read(shaped, "", problems)
        if problems.lines:
            raise click.UsageError(problems.lines[0])
        return shaped

    answer: str = click.prompt(words, default=default, value_proc=check)
    return answer


def _choose(words: str, choices: Any, default: str) -> str:
    choice = click.Choice([str(one) for one in choices])
    answer: str = click.prompt(words, default=str(default), type=choice)
    return answer


def _or_none(read: Read) -> Read:
    def check(answer: Any, path: str, problems: Problems) -> Any:
        return read(answer, path, problems) if answer else answer

    return check


def _above_zero(read: Read) -> Read:
    def check(answer: Any, path: str, problems: Problems) -> Any:
        value = read(answer, path, problems)
        if value == 0:
            problems.add(path, "expected more than 0")
        return value

    return check


def _tender(today: date) -> Read:
    def check(answer: Any, path: str, problems: Problems) -> Any:
        value = currency(answer, path, problems)
        if value and value not in tender_on(today):
            problems.add(path, f'"{value}" is not money anywhere today, {today}')
        return value

    return check


def _today(zone: str) -> date:
    return local_date(now(), ZoneInfo(zone))


def _currency_of(country: str, today: date) -> str:
    return next(iter(get_territory_currencies(country, today, today)), "EUR")


def _zone_of(country: str) -> str:
    """The zone of a country that has one; the one of most of it where the list says so."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = [row.split("\t") for row in table.splitlines() if row.startswith(f"{country}\t")]
    largest = [row for row in rows if "most areas" in row[-1]] or (rows if len(rows) == 1 else [])
    return largest[0][2] if largest else "UTC"
