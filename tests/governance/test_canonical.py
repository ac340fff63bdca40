"""Canonical JSON, compared with the published vectors and with another road to it."""

import json
import math
import struct
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given

from governance.arguments import JSON, InvalidJson, canonical
from tests.governance.values import objects

VECTORS = Path(__file__).parent.parent / "data" / "jcs"
NUMBERS = (VECTORS / "numbers" / "es6-first-1000.txt").read_text().split()


@given(objects)
def test_two_canonicalisers_agree(args: dict[str, JSON]) -> None:
    assert canonical(args) == second_canonical(args).encode()


def second_canonical(value: JSON) -> str:
    """Write RFC 8785 by another road than the library's."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        members = (f"{quoted(name)}:{second_canonical(value[name])}" for name in names)
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(second_canonical, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return ecmascript(float(value))


def quoted(text: str) -> str:
    """Quote a string as RFC 8785, section 3.2.2.2, says."""
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
    low = {code: f"\\u{code:04x}" for code in range(32)}
    return f'"{text.translate({**low, **short})}"'


def ecmascript(number: float) -> str:
    """Write a number as ECMA-262, section 6.1.6.1.20, numbers its steps."""
    if number == 0:
        return "0"
    sign, digits, _ = Decimal(repr(number)).normalize().as_tuple()
    exponent = Decimal(repr(number)).adjusted() + 1
    text = "".join(map(str, digits))
    if len(text) <= exponent <= 21:
        text = text.ljust(exponent, "0")
    elif 0 < exponent <= 21:
        text = f"{text[:exponent]}.{text[exponent:]}"
    elif -6 < exponent <= 0:
        text = "0." + "0" * -exponent + text
    else:
        mantissa = text if len(text) == 1 else f"{text[0]}.{text[1:]}"
        text = f"{mantissa}e{exponent - 1:+}"
    return "-" * sign + text


@pytest.mark.parametrize(
    "name", ["arrays", "french", "structures", "unicode", "values", "weird"]
)
def test_canonical_bytes_match_the_published_vectors(name: str) -> None:
    given_value = json.loads((VECTORS / "input" / f"{name}.json").read_bytes())

    written = canonical(given_value)

    assert written == (VECTORS / "output" / f"{name}.json").read_bytes().strip()
    assert second_canonical(given_value).encode() == written


def test_canonical_numbers_match_the_published_vectors() -> None:
    for line in NUMBERS:
        bits, expected = line.split(",")
        number = struct.unpack(">d", bytes.fromhex(bits.rjust(16, "0")))[0]

        assert canonical(number) == expected.encode()
        assert ecmascript(number) == expected

    assert len(NUMBERS) == 1000


@pytest.mark.parametrize("value", [math.nan, math.inf, 2**53, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: JSON) -> None:
    with pytest.raises(InvalidJson, match="no canonical form"):
        canonical({"a": value})


def test_a_name_that_is_no_text_has_no_canonical_form() -> None:
    with pytest.raises(InvalidJson, match="no canonical form"):
        canonical(cast("JSON", {1: "a"}))
