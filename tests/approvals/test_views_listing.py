"""What a list reads of its address."""

import pytest

from approvals.views.listing import MOST, Filters, page_number


@pytest.mark.parametrize(
    ("text", "page"),
    [
        *[("", 1), ("0", 1), ("-1", 1), ("x", 1), ("1.5", 1), ("²", 1)],
        *[("2", 2), ("999", 999), ("1001", MOST)],
        # Python refuses to read a number of thousands of digits.
        *[("9" * 5000, MOST), ("0" * 5000, 1), ("x" * 5000, 1)],
    ],
)
def test_a_page_is_a_number_whatever_the_address_says(text: str, page: int) -> None:
    assert page_number(text) == page
    assert Filters.read({"page": text}).page == page
