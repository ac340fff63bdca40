"""Text that a record can hold, whatever somebody sent."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.leaf import canonical
from audit.text import DETAIL_BYTES, capped, fitting, instant, plain


def _same(text: str) -> str:
    return text


def test_a_long_text_is_cut_and_says_so() -> None:
    assert capped("x" * 2001, 2000) == "x" * 2000 + "… [cut, 2,001 characters in all]"


def test_a_text_that_just_fits_is_left_alone() -> None:
    assert capped("x" * 2000, 2000) == "x" * 2000


@pytest.mark.parametrize("code", [0, 0xD800, 0xDFFF])
def test_what_neither_postgresql_nor_utf_8_holds_is_replaced(code: int) -> None:
    assert capped(f"a{chr(code)}b", 10) == "a\ufffdb"


def test_times_are_utc_with_six_decimals() -> None:
    cet = timezone(timedelta(hours=1))

    assert instant(datetime(2026, 11, 23, 11, 2, 3, tzinfo=cet)) == (
        "2026-11-23T10:02:03.000000Z"
    )


def test_a_structure_loses_its_nulls_and_its_times_become_text() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)

    told = plain({"at": at, "none": None, "many": [1, None, True]}, clean=_same)

    assert told == {"at": "2026-11-23T00:00:00.000000Z", "many": [1, True]}


@pytest.mark.parametrize("value", [1.5, {"é": 1}, {1: "x"}, b"bytes", object()])
def test_what_a_leaf_must_not_hold_is_a_mistake(value: object) -> None:
    with pytest.raises(TypeError):
        plain(value, clean=_same)


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=5), st.text(max_size=2000), max_size=12
    )
)
def test_a_detail_always_fits_and_says_what_it_left_out(detail: dict[str, str]) -> None:
    clean = {key: capped(text, 2000) for key, text in detail.items()}

    kept = fitting({**clean})

    assert len(canonical({**kept}).encode()) <= DETAIL_BYTES
    assert ("cut" in kept) == (len(canonical({**clean}).encode()) > DETAIL_BYTES)
