"""The bytes that will be sealed: canonical, without nulls, and committed to."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.leaf import (
    Json,
    canonical,
    commitment,
    committed,
    leaf_bytes,
    leaf_hash,
)

NAMES = st.text(st.characters(max_codepoint=0x7F), max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(TEXTS, INTEGERS, st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=VALUES)
def test_the_quick_encoder_writes_what_rfc_8785_asks_for(value: Json) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(salt=st.binary(min_size=16, max_size=16), value=TEXTS)
def test_a_commitment_opens_with_its_salt_column_and_value(
    salt: bytes, value: str
) -> None:
    message = b"sealwright/field/v1\0person\0" + value.encode()

    made = commitment(salt, "person", value)

    opened = urlsafe_b64decode(made + "=")
    assert opened == hmac.new(salt, message, hashlib.sha256).digest()
    assert commitment(salt, "summary", value) != made


def test_a_leaf_hash_is_the_one_of_rfc_6962() -> None:
    assert leaf_hash(b"leaf") == hashlib.sha256(b"\0leaf").digest()


def test_a_leaf_holds_the_columns_and_names_what_it_commits_to() -> None:
    leaf = leaf_bytes({"id": "evt_1", "claim_use": 1}, {"person": "c"})

    assert json.loads(leaf) == {
        "id": "evt_1",
        "claim_use": 1,
        "personal": {"person": "c"},
    }
    assert committed(leaf) == {"person"}
