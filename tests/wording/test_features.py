"""What a plan has of a feature, in words."""

from decimal import Decimal

import pytest

from pricingsite.wording.features import value_in_words


@pytest.mark.parametrize(
    ("value", "limit", "is_limited", "words"),
    [
        (True, None, False, "Included"),
        (False, None, False, "Not included"),
        (None, None, False, "Not included"),
        ("E-mail, one working day", None, False, "E-mail, one working day"),
        (None, "1000", True, "1,000"),
        (True, "0.5", True, "0.5"),
        ("As many as you like", "50", True, "As many as you like"),
        (True, None, True, "Included"),
        (None, None, True, "No limit"),
        (False, None, True, "Not included"),
        # A limit does not give what the plan does not have.
        (False, "50", True, "Not included"),
        (None, "0", True, "0"),
    ],
)
def test_a_value_has_its_words(
    *, value: bool | str | None, limit: str | None, is_limited: bool, words: str
) -> None:
    number = Decimal(limit) if limit else None
    found = value_in_words(value=value, limit=number, is_limited=is_limited, is_open=False)
    assert found == words


def test_what_a_plan_to_talk_about_leaves_open_is_for_the_talk() -> None:
    unsaid = value_in_words(value=None, limit=None, is_limited=True, is_open=True)
    assert unsaid == "By agreement"
    said = value_in_words(value=False, limit=None, is_limited=False, is_open=True)
    assert said == "Not included"
