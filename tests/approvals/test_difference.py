"""What changed between two requests: everything, and nothing that did not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.difference import Change, changes, difference
from approvals.display import original

LOOSE: dict[str, Any] = {"type": "object"}

values = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.text(max_size=30))
objects = st.dictionaries(st.text("abc", min_size=1, max_size=2), values, max_size=4)


def lines(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    found = difference(before, after, was=LOOSE, now=LOOSE)
    return [(original(line.name), line.change.value) for line in found]


def test_each_pointer_is_same_changed_added_or_removed() -> None:
    before = {"repo": "payments-api", "pull": 184, "draft": True}
    after = {"repo": "payments-api", "pull": 185, "body": "LGTM"}

    assert lines(before, after) == [
        ("/repo", "same"),
        ("/pull", "changed"),
        ("/body", "added"),
        ("/draft", "removed"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [(184, "184"), (True, "true"), (1, True), (None, "null"), ([], {}), ("", None)],
)
def test_another_type_is_a_change(before: object, after: object) -> None:
    assert lines({"a": before}, {"a": after}) == [("/a", "changed")]


def test_an_invisible_change_shows() -> None:
    (line,) = difference({"a": "ok go"}, {"a": "ok\u200b go"}, was=LOOSE, now=LOOSE)

    came = [s for s in line.stretches if s.change is Change.ADDED]
    assert [run.text for stretch in came for run in stretch.runs] == ["⟦U+200B⟧"]


def test_long_texts_are_compared_as_wholes() -> None:
    (line,) = difference(
        {"a": "word " * 5000}, {"a": "word " * 5001}, was=LOOSE, now=LOOSE
    )

    assert line.change is Change.CHANGED
    assert line.stretches == ()


def test_what_is_the_same_can_be_left_out() -> None:
    found = difference({"a": 1, "b": 2}, {"a": 1, "b": 3}, was=LOOSE, now=LOOSE)

    assert [original(line.name) for line in changes(found)] == ["/b"]


@given(objects, objects)
def test_the_stretches_read_back_to_both_texts(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    for line in difference(before, after, was=LOOSE, now=LOOSE):
        if not line.stretches:
            continue
        name = original(line.name)[1:]
        old = [s for s in line.stretches if s.change is not Change.ADDED]
        new = [s for s in line.stretches if s.change is not Change.REMOVED]
        assert original(r for s in old for r in s.runs) == before[name]
        assert original(r for s in new for r in s.runs) == after[name]


@given(objects, objects)
def test_equal_objects_alone_have_no_changes(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    found = changes(difference(before, after, was=LOOSE, now=LOOSE))

    def typed(args: dict[str, Any]) -> dict[str, Any]:
        return {name: (type(value), value) for name, value in args.items()}

    assert (found == []) == (typed(before) == typed(after))
