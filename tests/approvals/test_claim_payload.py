"""A claim's members are exactly ours, with exact types and limits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.claims import VerifiedClaim
from tests.approvals.tokens import (
    HEADER,
    MALFORMED,
    NOW,
    PAYLOAD,
    signed,
    spelled,
    verify,
    with_payload,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(PAYLOAD.members())), JSON)
def test_a_member_of_any_other_type_is_malformed_and_never_an_error(
    member: str, value: object
) -> None:
    kept = type(PAYLOAD.members()[member])

    answer = verify(with_payload(**{member: value}))

    same_type = type(value) is kept or (member == "approval_id" and value is None)
    assert answer == MALFORMED or (same_type and isinstance(answer, VerifiedClaim))


@pytest.mark.parametrize("again", ['"tool": "x"', '"to\\u006fl": "github.comment"'])
def test_a_payload_member_twice_is_malformed_though_signed(again: str) -> None:
    assert verify(spelled('"tool"', f'{again}, "tool"')) == MALFORMED


@pytest.mark.parametrize("member", sorted(PAYLOAD.members()))
def test_a_payload_member_missing_is_malformed(member: str) -> None:
    members = PAYLOAD.members()
    del members[member]
    token = signed(json.dumps(HEADER).encode(), json.dumps(members).encode())

    assert verify(token) == MALFORMED


def test_a_payload_member_too_many_is_malformed() -> None:
    assert verify(with_payload(admin=True)) == MALFORMED


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "somebody-else"},
        {"aud": [PAYLOAD.aud]},
        {"risk": "harmless"},
        {"tool": ""},
        {"scope": "a\0b"},
        {"scope": "\ud800"},
    ],
)
def test_a_text_that_is_not_what_it_must_be_is_malformed(
    changes: dict[str, object],
) -> None:
    assert verify(with_payload(**changes)) == MALFORMED


@pytest.mark.parametrize(
    "exp",
    [str(NOW + 300), NOW + 300.0, True, None, 253_402_300_799, NOW + 601, NOW, NOW - 1],
)
def test_an_end_that_is_no_second_within_ten_minutes_is_malformed(exp: object) -> None:
    assert verify(with_payload(exp=exp)) == MALFORMED


@pytest.mark.parametrize(
    "spelling", ["1e400", "1.7640723e9", "NaN", "-Infinity", "9" * 500]
)
def test_an_end_that_only_json_can_spell_is_malformed(spelling: str) -> None:
    assert verify(spelled(f'"exp": {NOW + 300}', f'"exp": {spelling}')) == MALFORMED


def test_a_life_of_ten_minutes_is_the_longest() -> None:
    assert isinstance(verify(with_payload(exp=NOW + 600)), VerifiedClaim)


@pytest.mark.parametrize(
    ("risk", "uses"),
    [("write", 2), ("privileged", 2), ("write", 0), ("read", 0), ("read", 2**15)],
)
def test_more_uses_than_the_risk_allows_are_malformed(risk: str, uses: int) -> None:
    assert verify(with_payload(risk=risk, max_uses=uses)) == MALFORMED


@pytest.mark.parametrize(("ahead", "accepted"), [(4, True), (5, True), (6, False)])
@pytest.mark.parametrize("both", [True, False])
def test_a_clock_may_be_five_seconds_off(
    ahead: int, *, accepted: bool, both: bool
) -> None:
    token = with_payload(nbf=NOW + ahead, iat=NOW + ahead if both else NOW)

    assert isinstance(verify(token), VerifiedClaim) is accepted
    assert accepted or verify(token) == MALFORMED
