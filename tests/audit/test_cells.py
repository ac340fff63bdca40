"""Hostile text in a spreadsheet: every cell stays text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.exports.cells import guarded

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
SEPARATORS = (";", "\t", "\r", "\n", '"')
# What a spreadsheet of any locale could take for the start of a cell, then a formula.
FORMULA = re.compile(r'(?:^|[;\t\r\n"])[^\S\t\r\n]*[=+\-@\uff1d\uff0b\uff0d\uff20]')


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("blanks", ["", " ", "   ", "\u00a0", "\u3000"])
def test_no_cell_begins_with_a_formula(start: str, blanks: str) -> None:
    text = f"{blanks}{start}HYPERLINK(0)"

    assert guarded(text) == f"{blanks}'{start}HYPERLINK(0)"


@pytest.mark.parametrize("start", STARTS[:4])
@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("blanks", ["", " "])
def test_no_part_of_a_cell_begins_with_one(
    separator: str, blanks: str, start: str
) -> None:
    text = f"x{separator}{blanks}{start}1"

    assert guarded(text) == f"x{separator}{blanks}'{start}1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a=b",
        "a-b",
        "1+1",
        "sam@acme.example",
        "x; y",
        "repo:payments-api/pull:184",
        "2026-11-23T10:02:03.000000Z",
        "{'a': 1}",
    ],
)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@given(st.text(st.sampled_from('=+-@;\t\r\n" \u00a0\uff1dx'), max_size=12))
def test_whatever_is_mixed_nothing_begins_a_formula(text: str) -> None:
    shown = guarded(text)

    assert not FORMULA.search(shown)
    assert shown.replace("'", "") == text
