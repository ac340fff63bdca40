"""Our HMAC is the one of the standard library."""

import hmac
import os

from hypothesis import given
from hypothesis import strategies as st

from audit.mac import hmac_sha256
from audit.randomness import PIECE_BYTES, random_bytes, random_hex


@given(st.binary(max_size=200), st.binary(max_size=3000))
def test_it_is_the_code_of_rfc_2104(key: bytes, message: bytes) -> None:
    assert hmac_sha256(key, message) == hmac.digest(key, message, "sha256")


def test_no_random_value_comes_twice() -> None:
    values = [random_bytes(16) for _ in range(PIECE_BYTES)]

    assert len(set(values)) == len(values)
    assert {len(value) for value in values} == {16}
    assert len(random_bytes(PIECE_BYTES + 1)) == PIECE_BYTES + 1
    assert len(random_hex(12)) == 24


def test_a_forked_process_has_randomness_of_its_own() -> None:
    random_bytes(16)  # so that both would have the same rest
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, random_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 16) != random_bytes(16)
