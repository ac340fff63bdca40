import copy
import json
import pickle

import pytest

from governance.envelope import Secret
from proxy.credentials import static
from proxy.credentials.credential import Credential, Placement, PlacementRefused
from proxy.credentials.static import NotPlaceable

BEARER = Placement("Authorization", "Bearer")
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("stored", "header"),
    [
        (
            {"in": "authorization", "scheme": "Bearer"},
            ("Authorization", "Bearer user:password"),
        ),
        (
            {"in": "authorization", "scheme": "token"},
            ("Authorization", "token user:password"),
        ),
        (
            {"in": "authorization", "scheme": "Basic"},
            ("Authorization", "Basic dXNlcjpwYXNzd29yZA=="),
        ),
        ({"in": "header", "name": "X-Api-Key"}, ("X-Api-Key", "user:password")),
    ],
)
def test_a_secret_is_put_where_the_lane_says(
    stored: dict[str, object], header: tuple[str, str]
) -> None:
    placement = Placement.parse(stored)

    credential = static.borrow(Secret("user:password"), placement=placement, key=KEY)

    assert credential.header == header
    assert credential.secrets == ("user:password",)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"in": "query", "name": "key"},
        {"in": "authorization"},
        {"in": "authorization", "scheme": "bearer"},
        {"in": "authorization", "scheme": "Bearer", "name": "X"},
        {"in": "header", "name": "X Y"},
        {"in": "header", "name": "X:"},
        {"in": "header", "name": "X\r\n"},
        {"in": "header", "name": 1},
        {"in": "header", "name": "X-Key", "scheme": "Bearer"},
    ],
)
def test_any_other_placement_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(PlacementRefused):
        Placement.parse(stored)


@pytest.mark.parametrize(
    "value",
    ["value\r\nX-Evil: 1", "value\nmore", "value\0more", "välue-more", "x" * 8192],
)
def test_a_value_that_could_end_the_header_is_refused_without_being_repeated(
    value: str,
) -> None:
    with pytest.raises(NotPlaceable) as refused:
        static.borrow(Secret(value), placement=BEARER, key=KEY)

    assert value not in str(refused.value)


def test_equal_secrets_have_equal_fingerprints_that_tell_nothing() -> None:
    first, again, other = (
        static.borrow(Secret(text), placement=BEARER, key=KEY)
        for text in ("one-secret", "one-secret", "another-secret")
    )

    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert len(first.fingerprint or "") == 16
    assert static.borrow(
        Secret("one-secret"), placement=BEARER, key=b"K" * 32
    ).fingerprint != (first.fingerprint)


def test_a_credential_shows_nothing_and_can_not_be_taken_along() -> None:
    credential = Credential(("Authorization", "Bearer hunter22"), "f", ("hunter22",))

    assert repr(credential) == str(credential) == f"{credential}" == "***"
    for take in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            take(credential)
