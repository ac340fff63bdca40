"""Nothing in evidence is hidden from who reads it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("grüße 策", "grüße 策"),
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("a\tb\n", "a⟦U+0009⟧b⟦U+000A⟧"),
        ("a\u00a0b", "a⟦U+00A0⟧b"),
        ("\u3164", "⟦U+3164⟧"),
        ("a\ufe0fb", "a⟦U+FE0F⟧b"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("⟦U+202E⟧", "⟦U+27E6⟧U+202E⟦U+27E7⟧"),
    ],
)
def test_hidden_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_what_is_shown_has_nothing_hidden_and_differs_where_the_text_does(
    text: str,
) -> None:
    shown = visible(text)

    hidden = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
    assert not {unicodedata.category(character) for character in shown} & hidden
    assert visible(text + "\u200b") != shown
