"""Every reason that a record can carry has words of its own."""

from audit.reasons import in_words
from governance.decision import Reason


def test_every_reason_is_told_in_words() -> None:
    untold = [reason.value for reason in Reason if in_words(reason) == reason]

    assert untold == []


def test_a_reason_is_told_with_its_code() -> None:
    assert in_words("claim_expired") == "the claim had expired (claim_expired)"


def test_a_code_without_words_is_told_as_it_is() -> None:
    assert in_words("of_a_later_version") == "of_a_later_version"
