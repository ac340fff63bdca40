"""How the demo remote misbehaves on request."""

import threading

import pytest
import requests

from governance.demo.remote.behaviour import NORMAL, Behaviour, InvalidBehaviour, Mood
from tests.governance.demo.conftest import TOKENS, Client

needs_loopback = pytest.mark.allow_hosts(["127.0.0.1"])
TICKETS = "/queues/ops/tickets"


def create_ticket(remote: Client) -> int:
    return remote.ask("POST", TICKETS, {"title": "t"}, lane="tickets-write")[0]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"mode":"angry"}',
        b'{"mode":["slow"]}',
        b'{"mode":"slow","size":1}',
        b'{"mode":"slow","colour":"red"}',
        b'{"mode":"slow","seconds":"2"}',
        b'{"mode":"slow","seconds":-1}',
        b'{"mode":"slow","seconds":NaN}',
        b'{"mode":"slow","times":0}',
        b'{"mode":"slow","times":1.5}',
        b'{"mode":"slow","times":true}',
        b'{"mode":"error","status":200}',
        b'{"mode":"huge","bytes":-1}',
    ],
    ids=range(15),
)
def test_an_impossible_behaviour_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBehaviour):
        Behaviour.parse(body)


def test_a_behaviour_has_defaults() -> None:
    assert Behaviour.parse(b'{"mode":"huge"}').size == 26_000_000
    assert Behaviour.parse(b'{"mode":"error"}').status == 500
    assert Behaviour.parse(b'{"mode":"slow"}').times == 1
    assert Behaviour.parse(b'{"mode":"huge","bytes":7}').size == 7


def test_a_mood_passes_after_its_times() -> None:
    mood = Mood()
    angry = Behaviour("error", times=2)

    mood.set(angry)

    assert [mood.take() for _ in range(3)] == [angry, angry, NORMAL]


def test_normal_ends_a_mood_early() -> None:
    mood = Mood()
    mood.set(Behaviour("error", times=100))

    mood.set(NORMAL)

    assert mood.take() == mood.take() == NORMAL


@needs_loopback
def test_an_unknown_mode_is_a_bad_request(remote: Client) -> None:
    assert remote.ask("POST", "/_behave", {"mode": "angry"})[0] == 400


@needs_loopback
def test_an_error_is_answered_as_often_as_asked(remote: Client) -> None:
    remote.ask("POST", "/_behave", {"mode": "error", "times": 2, "status": 503})

    assert [create_ticket(remote) for _ in range(3)] == [503, 503, 201]


@needs_loopback
def test_slow_does_the_thing_and_then_waits(remote: Client) -> None:
    remote.ask("POST", "/_behave", {"mode": "slow", "seconds": 0.01})

    assert create_ticket(remote) == 201


@needs_loopback
def test_a_drop_does_the_work_and_answers_nothing(remote: Client) -> None:
    comments = "/repos/acme/web-shop/issues/1/comments"
    remote.ask("POST", "/_behave", {"mode": "drop"})

    with pytest.raises(requests.ConnectionError):
        remote.ask("POST", comments, {"body": "b"}, lane="github-comment")

    pull = remote.ask("GET", "/repos/acme/web-shop/pulls/1", lane="github-read")[1]
    assert [comment["body"] for comment in pull["comments"]] == ["b"]


@needs_loopback
def test_broken_is_not_http(remote: Client) -> None:
    remote.ask("POST", "/_behave", {"mode": "broken"})

    with pytest.raises(requests.ConnectionError):
        create_ticket(remote)


@needs_loopback
def test_huge_has_as_many_bytes_as_asked(remote: Client) -> None:
    remote.ask("POST", "/_behave", {"mode": "huge", "bytes": 200_000})

    answer = remote.send("POST", TICKETS, {}, lane="tickets-write")

    assert len(answer.content) == 200_000


@needs_loopback
def test_an_echo_holds_the_credential_in_body_and_header(remote: Client) -> None:
    remote.ask("POST", "/_behave", {"mode": "echo"})

    answer = remote.send("POST", TICKETS, {}, lane="tickets-write")

    secret = f"Bearer {TOKENS['tickets-write']}"
    assert answer.headers["X-Echo"] == secret
    assert secret in answer.text


def test_many_threads_take_a_mood_exactly_its_times() -> None:
    mood, taken = Mood(), list[str]()
    mood.set(Behaviour("error", times=500))
    barrier = threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        taken.extend(mood.take().mode for _ in range(100))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert taken.count("error") == 500
