"""An approval is bound to every member of the action, and to nothing else."""

from dataclasses import fields, replace
from typing import Any

import pytest

from approvals.fingerprint import Binding, fingerprint, short_code

BINDING = Binding(
    tenant="team-acme",
    agent="ci-agent",
    session="ses_1",
    tool="github.comment",
    route_version=3,
    route_digest="sha256:" + "1" * 64,
    backend="github",
    lane="github-comments",
    risk="write",
    scope="repo:payments-api/pull:184",
    args_digest="sha256:" + "2" * 64,
    summary_digest="sha256:" + "3" * 64,
)


def test_a_fingerprint_is_stable_across_releases() -> None:
    assert fingerprint(BINDING).hex() == (
        "6ac61674ea8ac7b218ba21c1b635165b6304b3b24e434d549672fc2e9f4b163f"
    )


@pytest.mark.parametrize("member", [field.name for field in fields(Binding)])
def test_every_member_changes_the_fingerprint(member: str) -> None:
    value = getattr(BINDING, member)
    change: dict[str, Any] = {
        member: value + 1 if isinstance(value, int) else value + "x"
    }

    changed = replace(BINDING, **change)

    assert fingerprint(changed) != fingerprint(BINDING)


def test_two_members_that_join_to_the_same_text_differ() -> None:
    one = replace(BINDING, tenant="ab", agent="c")
    other = replace(BINDING, tenant="a", agent="bc")

    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    ("first_bytes", "code"),
    [
        ("00000000", "AAA-AAA"),
        ("ffffffff", "777-777"),
        ("00000003", "AAA-AAA"),  # the last two bits are not part of it
        ("00000004", "AAA-AAB"),
        ("80000000", "QAA-AAA"),
    ],
)
def test_the_short_code_is_the_first_thirty_bits(first_bytes: str, code: str) -> None:
    assert short_code(bytes.fromhex(first_bytes) + bytes(28)) == code
