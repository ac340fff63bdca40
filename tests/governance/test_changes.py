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
        ({"cidrs": []}, "private addresses: removed 10.0.0.0/8"),
        (
            {"cidrs": ["::1/128"]},
            "private addresses: added ::1/128; removed 10.0.0.0/8, weaker",
        ),
    ],
)
def test_a_change_is_told_in_words_and_weaker_is_called_weaker(
    change: dict[str, object], words: str
) -> None:
    changes = compare(BEFORE, {**BEFORE, **change}, fields=FIELDS)

    assert changes.words == (words,)


MANY = [f"fd00:0:0:{n:x}::/64" for n in range(40)]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ([*MANY, "::1/128"], "private addresses: added ::1/128, weaker"),
        (MANY[:-1], f"private addresses: removed {MANY[-1]}"),
        (
            [*MANY[:20], "::1/128", *MANY[21:]],
            f"private addresses: added ::1/128; removed {MANY[20]}, weaker",
        ),
        (MANY[::-1], "private addresses: in another order"),
        ([*MANY, MANY[0]], f"private addresses: added {MANY[0]}"),
    ],
)
def test_of_a_long_list_the_difference_is_told(after: list[str], words: str) -> None:
    before = {**BEFORE, "cidrs": MANY}

    changes = compare(before, {**before, "cidrs": after}, fields=FIELDS)

    assert changes.words == (words,)


def test_what_a_list_gained_and_lost_is_cut_each_on_its_own() -> None:
    after = {**BEFORE, "cidrs": MANY}

    (words,) = compare({**BEFORE, "cidrs": MANY[:1]}, after, fields=FIELDS).words
    (back,) = compare(after, {**BEFORE, "cidrs": ["::1/128"]}, fields=FIELDS).words

    assert words.startswith(f"private addresses: added {MANY[1]}, {MANY[2]}, ")
    assert words.endswith("…, weaker")
    assert back.startswith("private addresses: added ::1/128; removed fd00:")
    assert len(back) < 160


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
