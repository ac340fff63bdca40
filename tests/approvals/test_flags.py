"""What a quick eye would miss: each flag, and what is ordinary writing."""

from typing import Any

import pytest

from approvals.display import Flag, FlagKind, flags
from approvals.display.skeleton import looks_like

SCHEMA: dict[str, Any] = {"type": "object"}


def kinds(value: object, **known: object) -> list[str]:
    found = flags({"body": value}, SCHEMA, **known)  # type: ignore[arg-type, dict-item]
    return [flag.kind.value for flag in found]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("LGTM", []),
        (184, []),
        (None, []),
        ("Grüße aus Köln, 価格は5%です", []),
        ("GitHubのPRを見た", []),
        ("Привет, мир", []),
        ("5 \u00b5m", []),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", []),  # a joiner it needs
        ("all good\u202e gnihton", ["escape"]),
        ("zero\u200bwidth", ["escape"]),
        ("p\u0430yments", ["mixed"]),  # a Cyrillic a
        ("\u03bfperator", ["mixed"]),  # a Greek o
        ("\uff41bc", ["mixed"]),  # a full-width a
        ("\U0001d41abc", ["mixed"]),  # a mathematical a
        ("cafe\u0301", ["not_nfc"]),
        ("rm" + " " * 12 + "-rf", ["padding"]),
        ("a\n\n\n\n\nb", ["padding"]),
        ("x" * 1001, ["fold"]),
    ],
)
def test_each_oddity_is_flagged_and_ordinary_writing_is_not(
    value: object, expected: list[str]
) -> None:
    assert kinds(value) == expected


def test_the_name_of_an_argument_is_looked_at_too() -> None:
    assert [f.kind for f in flags({"b\u043edy": 1}, SCHEMA)] == [FlagKind.MIXED]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("payments-api", "p\u0430yments-api"),
        ("payments-api", "payments\u2011api"),
        ("admin", "adrnin"),
        ("prod-1", "prod-l"),
        ("ro0t", "roOt"),
    ],
)
def test_what_looks_the_same_is_told_apart(one: str, other: str) -> None:
    assert looks_like(one, other)
    assert "lookalike" in kinds(other, names=[one])
    assert "lookalike" in kinds(other, approved={"/body": [one]})


@pytest.mark.parametrize("other", ["payments-api", "payments-app", "", "x" * 300])
def test_the_same_and_the_different_are_no_lookalikes(other: str) -> None:
    assert not looks_like("payments-api", other)


def test_a_lookalike_says_of_what_and_only_for_its_own_argument() -> None:
    known = {"/other": ["admin"], "/body": ["r00t"]}

    found = flags({"body": "rOOt"}, SCHEMA, approved=known)

    assert found == [Flag("/body", FlagKind.LOOKALIKE, "r00t")]


def test_a_value_that_was_approved_itself_looks_like_itself() -> None:
    assert kinds("prod-l", approved={"/body": ["prod-1", "prod-l"]}) == []
