"""Our signatures are those of AWS's own library, byte for byte."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from governance.egress import OutboundRequest, parse_url
from proxy.credentials.sigv4 import AwsKeys, SigningScope, signature_headers

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
KEYS = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
WORDS = st.text("abcXYZ019-_.~ é/+=&%:", min_size=1, max_size=12)
# The guard sends no dot segments, which botocore would take out.
SEGMENTS = WORDS.filter(lambda word: word not in {".", ".."})


def ours(
    request: OutboundRequest,
    *,
    url: str = "https://example.amazonaws.com",
    keys: AwsKeys = KEYS,
    service: str = "service",
) -> dict[str, str]:
    return dict(
        signature_headers(
            request,
            destination=parse_url(url),
            keys=keys,
            scope=SigningScope(service, "us-east-1"),
            at=AT,
        )
    )


def theirs(
    request: OutboundRequest,
    monkeypatch: pytest.MonkeyPatch,
    *,
    url: str = "https://example.amazonaws.com",
    keys: AwsKeys = KEYS,
    service: str = "service",
    signer: Callable[..., Any] = SigV4Auth,
) -> str:
    """Return what botocore signs, of the headers that we sign."""
    signed = AWSRequest(
        request.method,
        url + request.target,
        headers={
            name: value
            for name, value in request.headers
            if name.lower() == "content-type" or name.lower().startswith("x-amz-")
        },
        data=request.body or b"",
    )
    credentials = Credentials(
        keys.access_key_id, keys.secret_access_key, keys.session_token or None
    )
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: AT)
    signer(credentials, service, "us-east-1").add_auth(signed)
    return str(signed.headers["Authorization"])


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            OutboundRequest("GET", "/"),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            OutboundRequest("GET", "/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            OutboundRequest("POST", "/"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
    ],
    ids=["get-vanilla", "get-vanilla-query-order-key-case", "post-vanilla"],
)
def test_the_published_vectors_hold(request_: OutboundRequest, signature: str) -> None:
    keys = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    signed = ours(request_, keys=keys)

    assert signed["Authorization"].endswith(f"Signature={signature}")


@given(
    segments=st.lists(SEGMENTS, max_size=4),
    query=st.lists(st.tuples(WORDS, WORDS), max_size=4, unique_by=lambda pair: pair[0]),
    body=st.binary(max_size=60),
    token=st.sampled_from(["", "a-session-token/with+signs=="]),
)
def test_any_request_is_signed_as_botocore_signs_it(
    segments: list[str], query: list[tuple[str, str]], body: bytes, token: str
) -> None:
    path = "/" + "/".join(quote(each, safe="") for each in segments)
    pairs = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in query)
    request = OutboundRequest(
        "POST",
        f"{path}?{pairs}" if pairs else path,
        (
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "Logs_20140328.FilterLogEvents"),
            ("traceparent", "00-1-2-01"),
        ),
        body,
    )
    keys = AwsKeys("AKIDEXAMPLE", "a-secret-access-key", token)

    with pytest.MonkeyPatch.context() as patch:
        expected = theirs(request, patch, keys=keys)

    assert ours(request, keys=keys)["Authorization"] == expected


def test_a_path_of_s3_is_signed_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    request = OutboundRequest("GET", "/a%20b/c", (), None)

    expected = theirs(request, monkeypatch, service="s3", signer=S3SigV4Auth)

    signed = ours(request, service="s3")
    assert signed["Authorization"] == expected
    assert len(signed["X-Amz-Content-SHA256"]) == 64


def test_a_port_and_a_base_path_are_signed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    request = OutboundRequest("GET", "/x?b=1&a=2", (), None)
    url = "http://127.0.0.1:5000/base"

    assert ours(request, url=url)["Authorization"] == theirs(
        request, monkeypatch, url=url
    )


@pytest.mark.parametrize(
    "changed",
    [
        OutboundRequest("PUT", "/a?b=c", (("Content-Type", "text/plain"),), b"body"),
        OutboundRequest("POST", "/b?b=c", (("Content-Type", "text/plain"),), b"body"),
        OutboundRequest("POST", "/a?b=d", (("Content-Type", "text/plain"),), b"body"),
        OutboundRequest("POST", "/a?b=c", (("Content-Type", "text/html"),), b"body"),
        OutboundRequest("POST", "/a?b=c", (("Content-Type", "text/plain"),), b"bodY"),
    ],
    ids=["method", "path", "query", "type", "body"],
)
def test_whatever_changes_changes_the_signature(changed: OutboundRequest) -> None:
    first = OutboundRequest(
        "POST", "/a?b=c", (("Content-Type", "text/plain"),), b"body"
    )

    assert ours(first)["Authorization"] != ours(changed)["Authorization"]


def test_keys_do_not_show_their_secrets() -> None:
    assert "EXAMPLEKEY" not in repr(KEYS)
