"""Digests and codes as people and records write them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals import fingerprint as upper
from audit.digests import args_digest, digest_text, fingerprint_prefixes, short_code
from governance.arguments import args_digest as upper_args_digest
from tests.audit.evidence import FINGERPRINT


@given(st.binary(min_size=32, max_size=32))
def test_the_code_is_the_one_that_approvers_see(fingerprint: bytes) -> None:
    assert short_code(digest_text(fingerprint)) == upper.short_code(fingerprint)


@given(st.binary(min_size=32, max_size=32))
def test_a_code_finds_its_fingerprint(fingerprint: bytes) -> None:
    text = digest_text(fingerprint)

    prefixes = fingerprint_prefixes(short_code(text))

    assert text.startswith(tuple(prefixes))
    assert len(prefixes) == 4


def test_a_code_may_be_typed_in_small_letters() -> None:
    assert digest_text(FINGERPRINT).startswith(tuple(fingerprint_prefixes("k7q-4m2")))


@pytest.mark.parametrize("text", ["", "K7Q", "K7Q-4M", "189-0M2", "K7Q-4M2X"])
def test_what_is_no_code_finds_nothing(text: str) -> None:
    assert fingerprint_prefixes(text) == []


def test_arguments_are_digested_as_the_door_does() -> None:
    canonical = b'{"pull":184}'

    assert args_digest(canonical) == digest_text(upper_args_digest(canonical))


def test_a_digest_that_is_text_already_stays() -> None:
    text = f"sha256:{hashlib.sha256(b'').hexdigest()}"

    assert digest_text(text) == text
