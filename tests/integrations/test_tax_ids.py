"""An online register of VAT numbers that answers, is slow, down or wrong."""

from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest
from support.register import CONSULTATION, Register, register

from pricingsite.integrations.tax_ids import HttpTaxIdService, TaxIdAnswer, TaxIdServiceError

NUMBER = "DE136695976"


@pytest.fixture
def known() -> Iterator[Register]:
    with register() as found:
        yield found


def ask(known: Register, *, requester: str | None = None, seconds: float = 5) -> TaxIdAnswer:
    return HttpTaxIdService(known.url, seconds=seconds).check(NUMBER, requester=requester)


def test_it_is_asked_about_a_number_and_told_who_asks(known: Register) -> None:
    assert ask(known, requester="NL123456789B13") == TaxIdAnswer(
        valid=True, consultation=CONSULTATION
    )
    assert known.asked == [
        {
            "countryCode": "DE",
            "vatNumber": "136695976",
            "requesterMemberStateCode": "NL",
            "requesterNumber": "123456789B13",
        }
    ]


def test_without_a_number_of_ones_own_there_is_no_consultation_number(known: Register) -> None:
    known.answer = {"valid": True, "requestIdentifier": ""}
    assert ask(known) == TaxIdAnswer(valid=True, consultation=None)
    assert known.asked == [{"countryCode": "DE", "vatNumber": "136695976"}]


def test_it_may_not_know_a_number(known: Register) -> None:
    known.answer = {"valid": False}
    assert ask(known) == TaxIdAnswer(valid=False, consultation=None)


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (500, b"", "it answered with status 500"),
        (302, b"", "it answered with status 302"),
        (200, b"<html>", "its answer is not JSON"),
        (200, b"[]", "its answer is not an object"),
        (200, {"valid": "yes"}, "its answer does not say whether the number is valid"),
        (200, {}, "its answer does not say whether the number is valid"),
        (200, {"valid": True, "vatNumber": "1"}, "its answer is about another number"),
        (
            200,
            {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]},
            "it could not tell: MS_UNAVAILABLE",
        ),
    ],
)
def test_what_is_no_answer_is_taken_for_none(
    known: Register, status: int, answer: dict[str, object] | bytes, why: str
) -> None:
    known.status, known.answer = status, answer
    with pytest.raises(TaxIdServiceError, match=why):
        ask(known)


@pytest.mark.parametrize("way", ["hangs", "drips"])
def test_a_slow_one_is_given_up(known: Register, way: str) -> None:
    setattr(known, way, True)
    before = monotonic()
    with pytest.raises(TaxIdServiceError, match="it gave no answer"):
        ask(known, seconds=0.3)
    assert monotonic() - before < 3


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_is_looked_up_too_slowly_is_given_up(scheme: str) -> None:
    over = Event()

    def hang(_host: str, _port: int) -> list[str]:
        over.wait()
        return ["127.0.0.1"]

    service = HttpTaxIdService(f"{scheme}://register.example/", seconds=0.05, look_up=hang)
    try:
        with pytest.raises(TaxIdServiceError, match="could not be looked up in time"):
            service.check(NUMBER, requester=None)
    finally:
        over.set()


def test_one_that_is_down_says_so_at_once() -> None:
    with register() as gone:
        service = HttpTaxIdService(gone.url)
    with pytest.raises(TaxIdServiceError, match=r"it gave no answer: .*refused"):
        service.check(NUMBER, requester=None)
