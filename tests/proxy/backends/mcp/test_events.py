"""A stream of events as messages, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.backends.mcp.events import EventReader, TooManyEvents, is_stream, payloads_of

STREAMS: list[tuple[bytes, list[bytes]]] = [
    (b"data: a\n\n", [b"a"]),
    (b"data:a\r\n\r\n", [b"a"]),
    (b"data: a\r\rdata: b\r\r\n", [b"a", b"b"]),
    (b"data: a\r\r", [b"a"]),
    (b"data: a\ndata: b\n\n", [b"a\nb"]),
    (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
    (b"event: message\nid: 7\nretry: 1\ndata: a\n\n", [b"a"]),
    (b": a comment\n\nevent: ping\n\n", []),
    (b"data\n\n", [b""]),
    (b"data: a", []),
    (b"data: a\n", []),
    (b"dataX: a\n\n", []),
]


@pytest.mark.parametrize(("body", "payloads"), STREAMS)
def test_events_are_read_as_browsers_read_them(
    body: bytes, payloads: list[bytes]
) -> None:
    assert payloads_of(body) == payloads


@given(st.sampled_from([body for body, _ in STREAMS]), st.lists(st.integers(0, 60)))
def test_it_does_not_matter_where_a_stream_is_cut(body: bytes, cuts: list[int]) -> None:
    reader = EventReader()
    taken: list[bytes] = []

    for cut in sorted(cuts):
        taken += reader.take(body[:cut])
    taken += reader.take(body)

    assert taken == EventReader().take(body)


def test_a_thousand_events_are_enough() -> None:
    assert len(payloads_of(b"data: a\n\n" * 1000)) == 1000
    with pytest.raises(TooManyEvents):
        payloads_of(b"data: a\n\n" * 1001)


@pytest.mark.parametrize(
    ("content_type", "answer"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream; charset=utf-8", True),
        ("text/event-streams", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_a_stream_says_that_it_is_one(content_type: str, answer: bool) -> None:
    assert is_stream(content_type) is answer
