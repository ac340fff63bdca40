"""Nothing in a value hides from the person who decides on it."""
# ruff: noqa: RUF001 - the multiplication sign of our chips

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from approvals.display import Kind, Run, original, visible

# All of Unicode, lone surrogates too, and often what text is padded and forged with.
TEXTS = st.lists(
    st.sampled_from(
        ["\n", "\n" * 5, "\t", " ", " " * 12, "⟦", "⟧", "⏎", "⟦tab⟧", "\u0301", "\r\n"]
    )
    | st.text(st.characters(exclude_categories=()), max_size=4)
).map("".join)


def rendering(text: str) -> str:
    return "".join(run.text for run in visible(text))


@given(TEXTS)
def test_what_is_shown_reads_back_to_the_value(text: str) -> None:
    assert original(visible(text)) == text


@given(TEXTS, TEXTS)
@example("⟦tab⟧", "\t")
@example("⟦space ×12⟧", " " * 12)
@example("a⏎\nb", "a\n\nb")
@example("⟦U+202E⟧", "\u202e")
def test_two_different_values_never_look_the_same(one: str, other: str) -> None:
    assert (rendering(one) == rendering(other)) is (one == other)


def test_every_code_point_alone_looks_different() -> None:
    points = [chr(point) for point in range(0x110000)]

    assert len({rendering(point) for point in points}) == len(points)


@given(TEXTS)
def test_nothing_without_a_picture_is_left_in_the_text(text: str) -> None:
    shown = rendering(text).replace("\n", "")

    assert shown.isprintable()
    assert not shown.startswith(" ")
    assert not shown.endswith(" ")
    assert " " * 9 not in shown


HIDDEN = {
    "\0": "U+0000",
    "\x07": "U+0007",
    "\x1b": "U+001B",
    "\r": "U+000D",
    "\x7f": "U+007F",
    "\x85": "U+0085",
    "\xa0": "U+00A0",
    "\xad": "U+00AD",
    "\u034f": "U+034F",
    "\u115f": "U+115F",
    "\u1160": "U+1160",
    "\u17b4": "U+17B4",
    "\u17b5": "U+17B5",
    "\u180b": "U+180B",
    "\u180e": "U+180E",
    "\u180f": "U+180F",
    "\u2003": "U+2003",
    "\u200b": "U+200B",
    "\u200d": "U+200D",
    "\u200f": "U+200F",
    "\u2028": "U+2028",
    "\u2029": "U+2029",
    "\u202e": "U+202E",
    "\u2066": "U+2066",
    "\u27e6": "U+27E6",
    "\u27e7": "U+27E7",
    "\u23ce": "U+23CE",
    "\u2800": "U+2800",
    "\u3000": "U+3000",
    "\u3164": "U+3164",
    "\ud800": "U+D800",
    "\ue000": "U+E000",
    "\ufe0f": "U+FE0F",
    "\ufeff": "U+FEFF",
    "\uffa0": "U+FFA0",
    "\uffff": "U+FFFF",
    "\U000e0041": "U+E0041",
    "\U000e0100": "U+E0100",
    "\U0010ffff": "U+10FFFF",
}


@pytest.mark.parametrize("character", HIDDEN, ids=HIDDEN.get)
def test_a_character_that_cannot_be_seen_is_escaped(character: str) -> None:
    assert visible(f"a{character}b") == (
        Run(Kind.TEXT, "a"),
        Run(Kind.ESCAPE, f"⟦{HIDDEN[character]}⟧"),
        Run(Kind.TEXT, "b"),
    )


@pytest.mark.parametrize(
    "text",
    ["payments-api", "a b", "Zoë", "привет", "שלום", "日本", "👍🏽", "e\u0301", "a  b"],
)
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == (Run(Kind.TEXT, text),)


def test_the_fourth_stacked_mark_is_escaped() -> None:
    shown = rendering("a" + "\u0301" * 5 + "b")

    assert shown == "a\u0301\u0301\u0301⟦U+0301⟧⟦U+0301⟧b"


@pytest.mark.parametrize("before", ["", "\n", "\u202e", "\t", " " * 9])
def test_a_mark_with_nothing_to_stand_on_is_escaped(before: str) -> None:
    assert visible(before + "\u0301")[-1] == Run(Kind.ESCAPE, "⟦U+0301⟧")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" ", "⟦space ×1⟧"),
        (" a  ", "⟦space ×1⟧a⟦space ×2⟧"),
        ("a" + " " * 8 + "b", "a" + " " * 8 + "b"),
        ("a" + " " * 12 + "b", "a⟦space ×12⟧b"),
        ("a \nb", "a⟦space ×1⟧⏎\nb"),
        ("a\n  b", "a⏎\n  b"),
        ("a\tb", "a⟦tab⟧b"),
        ("a\r\nb", "a⟦U+000D⟧⏎\nb"),
        ("a\n\n\nb", "a⏎\n⏎\n⏎\nb"),
        ("a\n\n\n\nb", "a⏎\n⟦3 empty lines⟧\nb"),
        ("a" + "\n" * 42 + "b", "a⏎\n⟦41 empty lines⟧\nb"),
        ("\n\n\na", "⏎\n⟦2 empty lines⟧\na"),
        ("a\n\n\n", "a⏎\n⟦2 empty lines⟧\n"),
        ("\n\na", "⏎\n⏎\na"),
    ],
)
def test_padding_is_shown_and_counted(text: str, shown: str) -> None:
    assert rendering(text) == shown


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("\u202e", "right-to-left override, U+202E"),
        ("\x07", "unnamed character, U+0007"),
        ("\t", "tab"),
        ("\n", "line break"),
        (" " * 9, "space ×9"),
    ],
)
def test_a_picture_has_a_name_for_those_who_listen(text: str, label: str) -> None:
    assert visible(text)[0].label == label


@pytest.mark.parametrize("piece", [" ", "\n", " \n", "\u202e", "\u0301", "a ", "é"])
def test_a_quarter_megabyte_made_to_be_slow_is_shown_whole(piece: str) -> None:
    text = piece * (262_144 // len(piece)) + "."

    assert original(visible(text)) == text
