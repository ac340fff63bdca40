"""What a change changed, in words and as digests."""

import pytest

from governance.changes import Field, compare, grew, lower_in, shrank

FIELDS = {
    "quorum": Field("approvals needed", weaker=shrank),
    "owner": Field("owner", personal=True),
    "schema": Field("arguments schema", shown=False),
    "rule": Field("separation", weaker=lower_in(("confirm", "four_eyes", "strict"))),
    "cidrs": Field("private addresses", weaker=grew),
}
BEFORE = {
    "quorum": 2,
    "owner": "sam",
    "schema": {"type": "object"},
    "rule": "strict",
    "cidrs": ["10.0.0.0/8"],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quorum": 1}, "approvals needed: 2 to 1, weaker"),
        ({"quorum": 3}, "approvals needed: 2 to 3"),
        ({"owner": "ana"}, "owner: changed"),
        ({"schema": {}}, "arguments schema: changed"),
        ({"rule": "confirm"}, "separation: strict to confirm, weaker"),
        ({"cidrs": []}, "private addresses: 10.0.0.0/8 to none"),
        ({"cidrs": ["::1/128"]}, "private addresses: 10.0.0.0/8 to ::1/128, weaker"),
    ],
)
def test_a_change_is_told_in_words_and_weaker_is_called_weaker(
    change: dict[str, object], words: str
) -> None:
    changes = compare(BEFORE, {**BEFORE, **change}, fields=FIELDS)

    assert changes.words == (words,)


def test_no_change_is_nothing() -> None:
    assert not compare(BEFORE, dict(BEFORE), fields=FIELDS)


def test_a_record_holds_no_personal_value_and_no_digest_of_one() -> None:
    changes = compare(BEFORE, {**BEFORE, "owner": "ana"}, fields=FIELDS)

    assert changes.lines == ("owner: sam to ana",)
    assert changes.personal == "owner: sam to ana"
    assert changes.before == changes.after
    assert "ana" not in str(changes.detail())


def test_what_is_new_has_no_before_and_is_not_called_weaker() -> None:
    changes = compare(None, {**BEFORE, "quorum": 1}, fields=FIELDS)

    assert changes.before is None
    assert changes.weaker == ()
    assert "approvals needed: 1" in changes.words


def test_weaker_things_come_first_in_a_record() -> None:
    after = {**BEFORE, "schema": {}, "cidrs": ["::1/128"]}

    told = compare(BEFORE, after, fields=FIELDS).detail()["changes"]

    assert told[0].endswith(", weaker")
