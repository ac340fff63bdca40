"""Hostile text in a spreadsheet: every cell stays text."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import verify
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


LEAF = "QUJD"
ROWS = st.lists(
    st.dictionaries(
        st.integers(0, len(verify.CSV_COLUMNS) - 2),
        st.text(st.sampled_from('",;\r\n a='), max_size=6),
        max_size=4,
    ).map(
        lambda told: (
            [told.get(at, "") for at in range(len(verify.CSV_COLUMNS) - 1)] + [LEAF]
        )
    ),
    min_size=1,
    max_size=3,
)


@given(ROWS)
def test_the_verifier_finds_the_rows_and_cells_that_were_written(
    rows: list[list[str]],
) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)

    read = verify._csv_rows(text.getvalue().encode())  # noqa: SLF001 - how it is cut

    assert [verify._cells_of(row.decode()) for row in read] == rows  # noqa: SLF001 - as above
    inert = [verify._is_inert(row) for row in rows]  # noqa: SLF001 - as above
    assert inert == [all(guarded(cell) == cell for cell in row) for row in rows]
